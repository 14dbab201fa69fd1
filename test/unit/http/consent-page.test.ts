// What the consent page says about who asks and where the answer goes (spec 01 §8, CM-21, CS-04).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ConsentPage, renderConsentPage } from '../../../src/http/pages/consent-page.ts'
import type { User } from '../../../src/records/user.ts'
import { client, resource } from '../../storage/records.ts'

const user: User = {
  id: 'ada',
  email: 'ada@example.test',
  name: 'Ada',
  passwordHash: '',
  role: 'user',
  status: 'active',
  provider: 'local',
  providerSub: '',
  providerIssuer: '',
  sessionsSinceMs: null,
  version: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
}

const render = (change: Partial<ConsentPage>): string =>
  renderConsentPage({
    issuer: 'https://auth.test',
    action: '/consent',
    authorizationId: 'authorization',
    csrfToken: 'token',
    user,
    client: client({ name: 'App', registrationSource: 'dcr' }),
    resource: resource({ displayName: 'Files', slug: 'files', uri: 'https://files.test/mcp' }),
    scopes: [
      { name: 'read', description: 'Read files' },
      { name: 'write', description: '' },
    ],
    redirectUri: 'https://app.test/cb',
    isRemembered: true,
    ...change,
  })

describe('the consent page', () => {
  test('has a ticked box with its own label per scope, in a group with a name', () => {
    const page = render({})
    assert.match(page, /<fieldset>\s*<legend>What it may do<\/legend>/)
    const [label = ''] = /<label class="choice">.*?<\/label>/s.exec(page) ?? []
    assert.match(label, /<input type="checkbox" name="scopes" value="read" checked>/)
    assert.match(label, /<span><bdi>Read files<\/bdi><small><bdi>read<\/bdi><\/small>/)
    assert.match(page, /value="write" checked>\s*<span><bdi>write<\/bdi><\/span><\/label>/)
  })

  test('denies when somebody only presses enter', () => {
    const [first] = /<button [^>]*type="submit"[^>]*>/.exec(render({})) ?? []
    assert.match(first ?? '', /name="action" value="deny"/)
  })

  test('names the resource, with slug and URI', () => {
    const page = render({})
    assert.match(page, /<strong><bdi>App<\/bdi><\/strong> wants to use <strong><bdi>Files<\/bdi>/)
    assert.match(page, /<small><bdi>files<\/bdi><\/small>\s*<small><bdi>https:\/\/files\.test\/mcp/)
    const nameless = render({ resource: resource({ displayName: '', slug: 'files' }) })
    assert.match(nameless, /wants to use <strong><bdi>files<\/bdi>/)
    assert.match(render({ resource: null }), /wants to act on your behalf/)
  })

  const publishers = {
    admin: /<dt>Published by<\/dt><dd>The operator of this site<\/dd>/,
    cimd: /<dt>Published by<\/dt><dd><bdi>apps\.test:8443<\/bdi><\/dd>/,
    dcr: /<dt>Published by<\/dt><dd>Unknown<small>/,
  }
  for (const [source, expected] of Object.entries(publishers)) {
    test(`says what is known of a client of the source ${source}`, () => {
      const registrationSource = source as keyof typeof publishers
      const cimdUrl = source === 'cimd' ? 'https://apps.test:8443/client.json' : ''
      assert.match(render({ client: client({ registrationSource, cimdUrl }) }), expected)
    })
  }

  test('warns where a program on the own device gets the answer, and nowhere else', () => {
    const loopback = render({ redirectUri: 'http://127.0.0.1:5000/cb', isRemembered: false })
    assert.match(loopback, /role="note"[\s\S]*program on this computer/)
    assert.match(loopback, /<bdi>127\.0\.0\.1:5000<\/bdi> <span class="tag">this computer</)
    const app = render({ redirectUri: 'com.example.app:/cb', isRemembered: false })
    assert.match(app, /role="note"[\s\S]*opens an app on this device/)
    assert.match(app, /<bdi>com\.example\.app<\/bdi> <span class="tag">app on this device</)
    assert.doesNotMatch(render({}), /role="note"/)
  })

  test('shows the real host behind a user name in the URI', () => {
    const page = render({ redirectUri: 'https://bank.test@evil.test/cb' })
    assert.match(page, /<dt>Returns to<\/dt><dd><bdi>evil\.test<\/bdi>/)
  })

  test('says the truth about being remembered', () => {
    assert.match(render({}), /You are not asked again/)
    assert.match(render({ isRemembered: false }), /asked again all the same/)
    assert.match(render({ isRemembered: false, resource: null }), /for no server in particular/)
  })

  test('lets no name out of its place', () => {
    const name = '"><script>alert(1)</script></bdi>'
    const page = render({
      client: client({ name }),
      resource: resource({ displayName: name, slug: name, uri: name }),
      scopes: [{ name, description: name }],
      user: { ...user, email: name },
    })
    assert.doesNotMatch(page, /<script|alert\(1\)<\/script>/)
  })
})
