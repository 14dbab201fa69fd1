// The client_credentials grant over real actors (spec 01 §10.5, decisions B36, D1, D17, D18).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { silentLog } from '../../../src/base/telemetry.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import { readTokenCall, type TokenCall } from '../../../src/oauth/token-request.ts'
import { createTracer, type SpanRecord } from '../../../src/telemetry/tracer.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { scopesOf, secretOf, seedClient, seedResource } from '../../support/seed.ts'
import { rowsSettled } from '../../support/settled-rows.ts'

const issuer = 'https://auth.test'
const r1 = 'https://r1.test/mcp'
const trace = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  isSampled: true,
}
const caller = { ip: '192.0.2.7', trace, requestId: 'r1' }

function callOf(clientId: string, members: Record<string, string>): TokenCall {
  const form = new Map(
    Object.entries({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secretOf(clientId),
      ...members,
    }).filter(([, value]) => value !== ''),
  )
  return readTokenCall(form, { authorization: undefined, proof: null, caller })
}

let inline: InlineServices

before(async () => {
  inline = await createInlineServices({ issuer })
  const { services } = inline
  await seedClient(services, 'm2m', {})
  await seedClient(services, 'agent', { isAgent: true, name: 'Night Shift', scope: 'b a' })
  await seedClient(services, 'bare', { scope: '' })
  await seedClient(services, 'nogrant', { grantTypes: ['authorization_code'] })
  await seedClient(services, 'bound', { dpopBoundAccessTokens: true })
  await seedClient(services, 'pub', { secretHash: '' })
  await seedClient(services, 'susp', { status: 'suspended' })
  await seedClient(services, 'gone', { status: 'revoked' })
  await seedResource(services, 'r1', { scopes: scopesOf('tools/echo', 'tools/query') })
  await seedResource(services, 'twin1', { uri: 'https://twins.test' })
  await seedResource(services, 'twin2', { uri: 'https://twins.test/' })
  await seedResource(services, 'same1', { uri: 'https://same.test/mcp' })
  await seedResource(services, 'same2', { uri: 'https://same.test/mcp' })
})

after(() => inline.stop())

async function claimsOf(jwt: string) {
  const keys = createLocalJWKSet(JSON.parse(inline.services.publishedKeys.jwks()))
  const { payload, protectedHeader } = await jwtVerify(jwt, keys, { typ: 'at+jwt', issuer })
  return { payload, protectedHeader }
}

/** Rows of audit, issuance and machine token of one client, as the database holds them. */
function tracesOf(clientId: string) {
  const of = (table: string, key: string) =>
    inline.rows(`SELECT * FROM ${table} WHERE client_id = ? ORDER BY ${key}`, clientId)
  return {
    audit: of('audit_events', 'id').filter(({ action }) =>
      String(action).startsWith('client_credentials.'),
    ),
    issuances: of('issuances', 'id'),
    unbound: of('unbound_machine_tokens', 'jti'),
  }
}

describe('a token for a registered resource', () => {
  test('is a JWT for that resource, with an issuance and an audit row of the same id', async () => {
    const before = tracesOf('m2m')

    const response = await issueToken(inline.services, callOf('m2m', { resource: r1 }))

    const { payload, protectedHeader } = await claimsOf(response.access_token)
    assert.deepEqual(Object.keys(response).toSorted(), [
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ])
    assert.equal(response.token_type, 'Bearer')
    assert.equal(response.expires_in, 3600)
    assert.equal(response.scope, 'tools/echo')
    assert.deepEqual(Object.keys(protectedHeader).toSorted(), ['alg', 'kid', 'typ'])
    assert.deepEqual(payload.aud, [r1])
    assert.equal(payload.sub, 'm2m')
    assert.equal(payload['client_id'], 'm2m')
    assert.equal(payload.exp, (payload.iat ?? 0) + 3600)
    const traces = tracesOf('m2m')
    assert.equal(traces.issuances.length, before.issuances.length + 1)
    assert.equal(traces.unbound.length, before.unbound.length)
    assert.equal(traces.issuances.at(-1)?.['id'], payload.jti)
    assert.equal(traces.audit.length, before.audit.length + 1)
    assert.deepEqual(
      { ...traces.audit.at(-1), created_at: undefined },
      {
        id: payload.jti,
        action: 'client_credentials.issued',
        actor_id: 'm2m',
        client_id: 'm2m',
        ip: caller.ip,
        detail: `jti=${payload.jti} scopes=tools/echo`,
        trace_id: trace.traceId,
        created_at: undefined,
        has_issuance: 1,
      },
    )
  })

  test('stays readable through the machine_tokens view', async () => {
    const response = await issueToken(inline.services, callOf('m2m', { resource: r1 }))

    const { payload } = await claimsOf(response.access_token)
    const [row] = inline.rows('SELECT * FROM machine_tokens WHERE jti = ?', payload.jti)
    assert.equal(row?.['client_id'], 'm2m')
  })

  test('has the registered URI as audience whatever spelling was sent', async () => {
    const response = await issueToken(
      inline.services,
      callOf('m2m', { resource: 'HTTPS://R1.test:443/mcp' }),
    )

    const { payload } = await claimsOf(response.access_token)
    assert.deepEqual(payload.aud, [r1])
  })

  test('prefers the exact URI over an equal one', async () => {
    const response = await issueToken(
      inline.services,
      callOf('m2m', { resource: 'https://twins.test/' }),
    )

    const { payload } = await claimsOf(response.access_token)
    assert.deepEqual(payload.aud, ['https://twins.test/'])
    assert.equal(tracesOf('m2m').issuances.at(-1)?.['resource_id'], 'twin2')
  })
})

describe('a token for no resource', () => {
  test('is for the issuer, with a machine token row and no issuance', async () => {
    const before = tracesOf('m2m')

    const response = await issueToken(inline.services, callOf('m2m', {}))

    const { payload } = await claimsOf(response.access_token)
    assert.deepEqual(payload.aud, [issuer])
    const traces = tracesOf('m2m')
    assert.equal(traces.issuances.length, before.issuances.length)
    assert.equal(traces.unbound.length, before.unbound.length + 1)
    assert.equal(traces.unbound.at(-1)?.['jti'], payload.jti)
    assert.equal(traces.audit.at(-1)?.['id'], payload.jti)
  })

  test('has no scope when the client has none', async () => {
    const response = await issueToken(inline.services, callOf('bare', {}))

    const { payload } = await claimsOf(response.access_token)
    assert.equal(Object.hasOwn(response, 'scope'), false)
    assert.equal(Object.hasOwn(payload, 'scope'), false)
  })

  test('takes a blank scope as an omitted one', async () => {
    const response = await issueToken(inline.services, callOf('m2m', { scope: '  ' }))

    assert.equal(response.scope, 'tools/echo')
  })
})

test('an agent is named in its tokens and nobody else is', async () => {
  const agents = await issueToken(inline.services, callOf('agent', {}))
  const others = await issueToken(inline.services, callOf('m2m', {}))

  const { payload } = await claimsOf(agents.access_token)
  assert.equal(payload['agent_id'], 'agent')
  assert.equal(payload['agent_name'], 'Night Shift')
  assert.equal(payload['scope'], 'a b')
  assert.equal(Object.hasOwn((await claimsOf(others.access_token)).payload, 'agent_id'), false)
})

describe('a refusal', () => {
  const refusals: readonly [string, string, Record<string, string>, OAuthErrorCode][] = [
    ['of a client without the grant', 'nogrant', {}, 'unauthorized_client'],
    ['of an unknown resource', 'm2m', { resource: 'https://nope.test' }, 'invalid_target'],
    ['of a slug as resource', 'm2m', { resource: 'r1' }, 'invalid_target'],
    ['of a slash too many', 'm2m', { resource: `${r1}/` }, 'invalid_target'],
    ['of two equal resources', 'm2m', { resource: 'https://same.test/mcp' }, 'invalid_request'],
    ['of a scope over the ceiling', 'm2m', { scope: 'tools/query' }, 'invalid_scope'],
    ['of a scope with no ceiling', 'bare', { scope: 'tools/echo' }, 'invalid_scope'],
    ['of a resource with no ceiling', 'bare', { resource: r1 }, 'invalid_scope'],
    ['of a scope that the resource lacks', 'agent', { resource: r1, scope: 'a' }, 'invalid_scope'],
    ['of a client that must prove a key', 'bound', {}, 'invalid_dpop_proof'],
  ]
  for (const [name, clientId, members, code] of refusals) {
    test(`${name} is ${code}, issues nothing and leaves one audit row`, async () => {
      const before = tracesOf(clientId)

      await assert.rejects(
        issueToken(inline.services, callOf(clientId, members)),
        (error) => error instanceof OAuthError && error.code === code,
      )

      await rowsSettled(inline)
      const traces = tracesOf(clientId)
      assert.equal(traces.issuances.length, before.issuances.length)
      assert.equal(traces.unbound.length, before.unbound.length)
      assert.equal(traces.audit.length, before.audit.length + 1)
      assert.equal(traces.audit.at(-1)?.['action'], 'client_credentials.denied')
      assert.equal(traces.audit.at(-1)?.['detail'], `reason=${code}`)
      assert.equal(traces.audit.at(-1)?.['ip'], caller.ip)
      assert.equal(traces.audit.at(-1)?.['trace_id'], trace.traceId)
      assert.deepEqual(inline.meterCalls.at(-1), ['clientCredentialsDenied', code])
    })
  }

  const strangers: readonly [string, string, Record<string, string>][] = [
    ['an unknown client', 'nobody', {}],
    ['a wrong secret', 'm2m', { client_secret: 'wrong' }],
    ['no secret', 'm2m', { client_secret: '' }],
    ['a public client', 'pub', {}],
    ['a public client without secret', 'pub', { client_secret: '' }],
    ['a suspended client', 'susp', {}],
    ['a revoked client', 'gone', {}],
    ['a wrong secret with an unknown resource', 'm2m', { client_secret: 'x', resource: 'y:z' }],
  ]
  for (const [name, clientId, members] of strangers) {
    test(`of ${name} is invalid_client and leaves no row at all`, async () => {
      const rows = () => inline.rows("SELECT * FROM audit_events WHERE action <> 'key.rotated'")
      const before = { rows: rows(), traces: tracesOf(clientId) }

      await assert.rejects(
        issueToken(inline.services, callOf(clientId, members)),
        (error) =>
          error instanceof OAuthError &&
          error.code === 'invalid_client' &&
          error.message === 'client authentication failed',
      )

      await rowsSettled(inline)
      assert.deepEqual({ rows: rows(), traces: tracesOf(clientId) }, before)
    })
  }
})

describe('the grant type', () => {
  const cases: readonly [string, RegExp][] = [
    ['', /missing or unknown/],
    ['nope', /missing or unknown/],
    ['CLIENT_CREDENTIALS', /missing or unknown/],
    ['__proto__', /missing or unknown/],
    ['constructor', /missing or unknown/],
    ['authorization_code', /not available/],
    ['refresh_token', /not available/],
    ['urn:ietf:params:oauth:grant-type:token-exchange', /token_exchange\.enabled/],
    ['urn:ietf:params:oauth:grant-type:jwt-bearer', /xaa\.enabled/],
  ]
  for (const [grantType, text] of cases) {
    test(`"${grantType}" is unsupported_grant_type`, async () => {
      await assert.rejects(
        issueToken(inline.services, callOf('m2m', { grant_type: grantType })),
        (error) =>
          error instanceof OAuthError &&
          error.code === 'unsupported_grant_type' &&
          text.test(error.message),
      )
    })
  }

  test('of a grant that is switched off names the key that switches it', async () => {
    const { services } = inline
    const features = { ...services.settings.features, grantTypes: [] }
    const off = { ...services, settings: { ...services.settings, features } }

    await assert.rejects(issueToken(off, callOf('m2m', {})), /client_credentials\.enabled/)
  })
})

test('a secret stored under a pepper opens the client, and only with that pepper', async () => {
  const peppered = await createInlineServices({ pepper: createSecretKey(Buffer.from('pepper')) })
  try {
    const { services } = peppered
    await seedClient(services, 'm2m', {})
    const settings = { ...services.settings, clientSecretPepper: null }

    const response = await issueToken(services, callOf('m2m', {}))

    assert.equal(response.token_type, 'Bearer')
    await assert.rejects(issueToken({ ...services, settings }, callOf('m2m', {})), OAuthError)
  } finally {
    await peppered.stop()
  }
})

test('an issued token is measured under its grant', async () => {
  await issueToken(inline.services, callOf('m2m', {}))

  const [name, grantType, seconds] = inline.meterCalls.at(-1) ?? []
  assert.equal(name, 'tokenIssued')
  assert.equal(grantType, 'client_credentials')
  assert.ok(typeof seconds === 'number' && seconds > 0 && seconds < 5)
})

describe('what an operator sees of the grant', () => {
  test('is one line per token, with ids and counts and nothing secret', async () => {
    const before = inline.lines.length
    const response = await issueToken(inline.services, callOf('m2m', { resource: r1 }))

    const { payload } = await claimsOf(response.access_token)
    assert.deepEqual(inline.lines.slice(before), [
      {
        level: 'info',
        message: 'client credentials token issued',
        fields: {
          client_id: 'm2m',
          jti: payload['jti'],
          resource: r1,
          scope_count: 1,
          request_id: 'r1',
          trace_id: trace.traceId,
          span_id: trace.spanId,
        },
      },
    ])
  })

  test('is no line where that level is off', async () => {
    const lines: string[] = []
    const log = { ...silentLog, info: (message: string) => void lines.push(message) }

    await issueToken({ ...inline.services, log }, callOf('m2m', {}))

    assert.deepEqual(lines, [])
  })

  test('is a span that names client, resource and count of scopes, or a refusal', async () => {
    const spans: SpanRecord[] = []
    const { clock, random } = inline.services
    const tracer = createTracer({
      clock,
      random,
      sampleRate: 1,
      admit: () => true,
      record: (span) => spans.push(span),
    })
    const services = { ...inline.services, tracer }

    await issueToken(services, callOf('m2m', { resource: r1 }))
    await assert.rejects(issueToken(services, callOf('m2m', { client_secret: 'wrong' })))

    const [issued, refused] = spans
    assert.equal(issued?.name, 'TokenService.IssueClientCredentials')
    assert.deepEqual(issued?.attributes, {
      client_id: 'm2m',
      grant_type: 'client_credentials',
      dpop_bound: false,
      scope_count: 1,
      resource_uri: r1,
    })
    assert.equal(issued?.failure, null)
    assert.deepEqual([refused?.attributes, refused?.failure], [{}, 'invalid_client'])
  })
})
