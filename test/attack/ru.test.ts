// Attack catalogue, group RU: redirect URIs (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AttackTarget } from '../support/attack.ts'
import {
  alice,
  appScheme,
  az,
  callback,
  callbackWithQuery,
  evilCallback,
  loopback,
  refusedByPage,
  refusedByRedirect,
  signedInBrowser,
  startAuthorizeTarget,
} from '../support/authorize-attack.ts'
import type { Browser } from '../support/browser.ts'
import {
  type AuthorizeParameters,
  answerConsent,
  clientAnswer,
  openConsent,
  walkToClient,
} from '../support/browser-walk.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'

let target: AttackTarget
let browser: Browser

before(async () => {
  target = await startAuthorizeTarget({})
  browser = await signedInBrowser(target, alice)
})

after(() => target.stop())

/** The redirect URI leads to a page, whoever is signed in. */
async function isRefused(redirectUri: string, clientId = 'app'): Promise<RawResponse> {
  const path = az({ client_id: clientId, redirect_uri: redirectUri })
  return refusedByPage(target, () => browser.get(path), 400)
}

/** The same as the whole of a test. */
const refuses = (redirectUri: string, clientId?: string) => async (): Promise<void> => {
  await isRefused(redirectUri, clientId)
}

/** The request leads to a page, whatever is wrong with it. */
const pageFor = (change: AuthorizeParameters, status: number) => async (): Promise<void> => {
  await refusedByPage(target, () => browser.get(az(change)), status)
}

/** A row whose redirect URIs are all refused. */
function row(name: string, uris: readonly string[]): void {
  describe(name, () => {
    for (const uri of uris) {
      test(`is refused by a page: ${JSON.stringify(uri).slice(0, 80)}`, refuses(uri))
    }
  })
}

test('control: the registered URI gets a code', async () => {
  const answer = await walkToClient(browser, az({}), alice)
  assert.equal(answer.target, callback)
  target.remember(answer.members.get('code') ?? '')
})

row('RU-01 unregistered redirect', [evilCallback, 'https://evil.test/?https://app.test/cb'])

test('RU-02 an omitted redirect is refused by a page', pageFor({ redirect_uri: null }, 400))

row('RU-03 path suffix and prefix', [
  `${callback}/x`,
  'https://app.test/c',
  `${callback}/../evil`,
  `${callback}/..;/evil`,
  `${callback};x`,
])
row('RU-05 case folding', ['https://app.test/CB', 'https://APP.test/cb', 'HTTPS://app.test/cb'])
row('RU-06 trailing slash and dot', [`${callback}/`, 'https://app.test./cb'])
row('RU-07 percent-encoding', [
  'https://app.test/%63b',
  `${callback}%2f`,
  'https://app.test/%2e%2e/cb',
  'https://app.test/%2563b',
])
row('RU-10 fragment', [`${callback}#x`, `${callback}%23x`])

describe('RU-11 parameter pollution', () => {
  for (const pair of [
    [callback, evilCallback],
    [evilCallback, callback],
  ]) {
    test(`${pair.join(' and ')} are refused by a page`, async () => {
      const both = pair.map((uri) => `&redirect_uri=${encodeURIComponent(uri)}`).join('')
      await refusedByPage(target, () => browser.get(az({ redirect_uri: null }) + both), 400)
    })
  }
})

row('RU-12 scheme downgrade and port', [
  'http://app.test/cb',
  'https://app.test:443/cb',
  'https://app.test:8443/cb',
])

describe('RU-13 any port on a registered loopback host', () => {
  for (const uri of [loopback, 'http://127.0.0.1:5/cb', 'http://127.0.0.1:65535/cb']) {
    test(`${uri} gets its answer there`, async () => {
      const path = az({ client_id: 'loop', redirect_uri: uri })
      assert.equal((await walkToClient(browser, path, alice)).target, uri)
    })
  }

  for (const uri of ['http://localhost:5/cb', 'http://[::1]:5/cb', 'https://127.0.0.1:5/cb']) {
    test(`${uri} is another host or scheme`, refuses(uri, 'loop'))
  }
})

describe('RU-14 loopback with query or path change', () => {
  for (const uri of ['http://127.0.0.1:5/cb?bar=1', 'http://127.0.0.1:5/cb2']) {
    test(`${uri} is refused by a page`, refuses(uri, 'loop'))
  }
})

describe('RU-16 an error before validation', () => {
  const faults = {
    'bad response type': { response_type: 'token' },
    'no PKCE': { code_challenge: null },
    'bad scope': { scope: 'tools/admin' },
    'unknown resource': { resource: 'https://nope.test' },
    'suspended client': { client_id: 'stopped' },
  }
  for (const [name, fault] of Object.entries(faults)) {
    test(`${name} with an unregistered redirect is no redirect`, async () => {
      const path = az({ redirect_uri: evilCallback, ...fault })
      await refusedByPage(target, () => browser.get(path), name === 'suspended client' ? 403 : 400)
    })
  }
})

test('RU-17 an unknown client is refused by a page', pageFor({ client_id: 'nope' }, 400))

test(
  'RU-18 a suspended client is refused by a page of its own',
  pageFor({ client_id: 'stopped' }, 403),
)

describe('RU-19 header injection', () => {
  for (const tail of ['\r\nSet-Cookie:x=1', '\n', '\0', '\t', '\u2028']) {
    test(`${JSON.stringify(tail)} makes no header`, async () => {
      const response = await isRefused(callback + tail)
      assert.equal(headerOf(response, 'set-cookie'), null)
    })
  }

  test('a state with line ends comes back encoded', async () => {
    const state = 's\r\nSet-Cookie: x=1'
    const answer = await walkToClient(browser, az({ state }), alice)
    assert.equal(answer.members.get('state'), state)
    assert.match(answer.location, /state=s%0D%0ASet-Cookie%3A%20x%3D1&/)
  })
})

row('RU-20 IDN homograph', ['https://\u0430pp.test/cb', 'https://xn--pp-6kc.test/cb'])

test('RU-21 a registered query is kept, and each member is there once', async () => {
  const path = az({ redirect_uri: callbackWithQuery })
  const { target: at, members } = await walkToClient(browser, path, alice)
  assert.equal(at, callback)
  assert.deepEqual([...members.keys()], ['k', 'code', 'state', 'iss'])
  assert.equal(members.get('k'), 'v')
})

test('RU-22 a query that forges our members cannot be registered', async () => {
  for (const name of ['code', 'iss', 'state']) {
    const redirectUri = `${callback}?${name}=x`
    const answer = await fetch(`${target.baseUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri] }),
    })
    assert.ok(answer.status === 400 || answer.status === 403, `${name}: ${answer.status}`)
  }
})

test('RU-23 a redirect of 8 KiB is refused', refuses(`${callback}?${'x'.repeat(8192)}`))

describe('RU-24 custom scheme', () => {
  for (const uri of ['com.example.app://evil/cb', 'com.example.app:/cb2', 'com.example.app:cb']) {
    test(`${uri} is refused by a page`, refuses(uri, 'native'))
  }

  test('control: the registered one gets its answer', async () => {
    const path = az({ client_id: 'native', redirect_uri: appScheme })
    const page = await openConsent(browser, path, alice)
    const answer = await answerConsent(browser, page, { action: 'allow', scopes: null })
    assert.equal(clientAnswer(answer).target, appScheme)
  })
})

test('control: a fault that the client may be told goes to the registered URI', async () => {
  await refusedByRedirect(target, () => browser.get(az({ scope: 'tools/admin' })), {
    code: 'invalid_scope',
    redirectUri: callback,
  })
})
