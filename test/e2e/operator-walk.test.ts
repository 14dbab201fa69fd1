// A first-time operator's walk by docs/operate/standalone.md: an empty machine, a real systemd with
// the unit that we ship, Caddy, a token; then rotation, restore, upgrade and removal.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'

const script = join(import.meta.dirname, 'operator-walk.sh')

/** Why no machine can be made here, or false. */
const noMachine =
  spawnSync(script, ['check'], { encoding: 'utf8' }).stdout.trim() || (false as const)

describe('the walk by the page', { skip: noMachine }, () => {
  /** What the operator sees, by heading of the page. */
  let seen: ReadonlyMap<string, string>

  before(() => {
    const { status, stdout, stderr } = spawnSync(script, {
      encoding: 'utf8',
      timeout: 110_000,
      maxBuffer: 2 ** 24,
    })
    assert.equal(status, 0, `${stdout}\n${stderr}`)
    seen = new Map(
      stdout
        .split(/^## /m)
        .slice(1)
        .map((section) => [section.split('\n', 1)[0] ?? '', section.replace(/^.*\n/, '')]),
    )
  })

  function section(heading: string): string {
    const text = seen.get(heading)
    assert.ok(text !== undefined, `the page has the section ${heading}`)
    return text
  }

  test('shows the effective configuration without its secrets', () => {
    const text = section('Configure')

    assert.match(text, /^server\.issuer +"https:\/\/auth\.example\.com"/m)
    assert.match(text, /^session\.secret +"\*{8}"/m)
    assert.match(text, /^The configuration is good\.$/m)
  })

  test('leads to a token through Caddy for the resource of the configuration', () => {
    const text = section('A first token')
    const { access_token: token } = JSON.parse(/^\{"access_token".*?\}/m.exec(text)?.[0] ?? '{}')
    const claims = decodeJwt(token)
    const { kid } = decodeProtectedHeader(token)

    assert.equal(claims.iss, 'https://auth.example.com')
    assert.deepEqual(claims.aud, ['https://mcp.example.com/notes'])
    assert.equal(claims['scope'], 'notes:read')
    assert.ok(text.includes(`"kid":"${kid}"`), 'the key is published')
    assert.ok(text.includes(`jti=${claims.jti}`), 'the issuance is listed')
  })

  test('shows the client by the admin API', () => {
    assert.match(section('Administer'), /"name":"nightly-job"/)
  })

  test('rotates the key', () => {
    const text = section('Rotate the signing key')

    assert.match(text, /^kid=\S+ .*status=current$/m)
    assert.match(text, /^kid=\S+ .*status=previous$/m)
  })

  test('finds the service running and its log in the journal', () => {
    const text = section('Watch')

    assert.match(text, /Active: active \(running\)/)
    assert.match(text, /"msg":"signing keys reloaded"/)
    assert.match(text, /^authserver_tokens_issued_total\{/m)
    assert.doesNotMatch(text, /"level":"ERROR"/)
  })
  test('has its client again after the restore', () => {
    assert.match(section('Back up and restore'), /^id=\S+ name=nightly-job /m)
  })

  test('leaves a process without rights, and without secrets in its variables', () => {
    const text = section('Observed')

    assert.match(text, /^NoNewPrivs:\t1$/m)
    assert.match(text, /^Seccomp:\t2$/m)
    assert.match(text, /^CapEff:\t0+$/m)
    assert.match(text, /^CapBnd:\t0+$/m)
    assert.doesNotMatch(text, /^Uid:\t0\t/m)
    assert.match(text, /^Max core file size +0 +0 /m)
    assert.match(text, /^AUTHPLANE_SESSION_SECRET_FILE=\/run\/credentials\//m)
    assert.doesNotMatch(text, /^AUTHPLANE_(?:SESSION_SECRET|ADMIN_API_KEY)=/m)
  })

  test('leaves secrets, keys and data to the service alone', () => {
    const files = [...section('Observed').matchAll(/^mode (\d+) (\S+) (\S+)$/gm)]
    const kept = files.filter(([, , , path]) => path?.startsWith('/var/lib/authserver'))
    const given = files.filter(([, , , path]) => path?.startsWith('/etc/authserver'))

    assert.ok(kept.some(([, , , path]) => path?.endsWith('/keys/current.pem')))
    for (const [line, mode, owner] of kept) {
      assert.match(mode ?? '', /^[67]00$/, line)
      assert.equal(owner, 'authserver:authserver', line)
    }
    assert.ok(given.some(([, , , path]) => path?.endsWith('/admin-key')))
    for (const [line, mode, owner] of given) {
      assert.match(mode ?? '', /^[67][45]0$/, line)
      assert.equal(owner, 'root:authserver', line)
    }
  })

  test('shows the network nothing but the proxy', () => {
    const listening = section('Observed').matchAll(/^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s/gm)
    const open = [...listening].filter(([, address]) => address !== '127.0.0.1')

    assert.deepEqual(open.map(([, , port]) => port).toSorted(), ['443', '80'])
  })
})
