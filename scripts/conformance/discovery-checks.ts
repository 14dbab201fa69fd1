// Checks of what clients find before they ask for anything: metadata, keys, resources, health.
import { type Check, expect, expectSame, NotApplicable } from './check.ts'
import { wellKnown } from './deployment.ts'
import { type Members, mediaType } from './http.ts'

const endpointNames = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

export const discoveryChecks: readonly Check[] = [
  {
    id: 'metadata',
    source: 'RFC 8414 §3',
    claim: 'the metadata is served as JSON at the well-known address of the issuer',
    run: async ({ options, send }) => {
      const answer = await send(wellKnown(options.url, 'oauth-authorization-server'), {})
      expectSame(answer.status, 200, 'the status')
      expectSame(mediaType(answer), 'application/json', 'the media type')
    },
  },
  {
    id: 'metadata-issuer',
    source: 'RFC 8414 §3.3',
    claim: 'the issuer in the metadata is the text that clients are configured with',
    run: async ({ options, metadata }) =>
      expectSame((await metadata())['issuer'], options.url, 'the issuer'),
  },
  {
    id: 'metadata-openid-path',
    source: 'RFC 8414 §5',
    claim: 'clients that look at the address of OpenID Connect find the same issuer',
    run: async ({ options, send, metadata }) => {
      const answer = await send(wellKnown(options.url, 'openid-configuration'), {})
      expectSame(answer.status, 200, 'the status')
      for (const name of ['issuer', ...endpointNames]) {
        expectSame(answer.members[name], (await metadata())[name], name)
      }
    },
  },
  {
    id: 'metadata-endpoints',
    source: 'RFC 8414 §2',
    claim: 'the endpoints are https URLs without fragment, or on this machine',
    run: async ({ metadata }) => {
      const document = await metadata()
      const names = Object.keys(document).filter((name) => name.endsWith('_endpoint'))
      for (const name of new Set([...endpointNames, ...names])) expectEndpoint(document, name)
    },
  },
  {
    id: 'metadata-pkce',
    source: 'RFC 7636 §4.2',
    claim: 'S256 is offered as code challenge method, and plain is not',
    run: async ({ metadata }) => {
      const methods = (await metadata())['code_challenge_methods_supported']
      expect(Array.isArray(methods) && methods.includes('S256'), 'S256 is not offered')
      expect(!methods.includes('plain'), 'plain is offered')
    },
  },
  {
    id: 'metadata-response-types',
    source: 'RFC 9700 §2.1.2',
    claim: 'code is the one response type',
    run: async ({ metadata }) => {
      const types = (await metadata())['response_types_supported']
      expectSame(JSON.stringify(types), '["code"]', 'response_types_supported')
    },
  },
  {
    id: 'keys',
    source: 'RFC 7517 §5',
    claim: 'the key set holds public signing keys, each with a name of its own',
    run: async ({ endpoint, send }) => {
      const answer = await send(await endpoint('jwks_uri'), {})
      expectSame(answer.status, 200, 'the status')
      const keys = answer.members['keys']
      expect(Array.isArray(keys) && keys.length > 0, 'there are no keys')
      for (const key of keys as readonly Members[]) {
        expect(typeof key['kid'] === 'string', 'a key has no kid')
        for (const secret of ['d', 'p', 'q', 'k']) {
          expect(!(secret in key), `the key ${key['kid']} shows its private part ${secret}`)
        }
      }
      const names = new Set((keys as readonly Members[]).map(({ kid }) => kid))
      expectSame(names.size, keys.length, 'the number of different kids')
    },
  },
  {
    id: 'protected-resource',
    source: 'RFC 9728 §3',
    claim: 'the metadata of the resource names the resource and this issuer',
    run: async ({ options, send }) => {
      if (options.resource === null) throw new NotApplicable('needs --resource')
      const { pathname } = new URL(options.resource)
      const { origin } = new URL(options.url)
      const url = `${origin}/.well-known/oauth-protected-resource${pathname}`
      const { status, members } = await send(url, {})
      expectSame(status, 200, 'the status')
      expectSame(members['resource'], options.resource, 'resource')
      const servers = members['authorization_servers']
      const isNamed = Array.isArray(servers) && servers.includes(options.url)
      expect(isNamed, 'authorization_servers does not name the issuer')
    },
  },
  {
    id: 'health',
    source: 'operations',
    claim: 'the deployment says that it is alive and ready',
    run: async ({ options, send }) => {
      for (const path of ['/livez', '/ready']) {
        const { status } = await send(options.url.replace(/\/$/, '') + path, {})
        expectSame(status, 200, `the status of ${path}`)
      }
    },
  },
  {
    id: 'cross-origin',
    source: 'Fetch, CORS protocol',
    claim: 'a browser may send the headers of MCP clients, and read the challenges',
    run: async ({ options, endpoint, send }) => {
      const url = await endpoint('token_endpoint')
      const names = ['content-type', 'authorization', 'dpop', 'mcp-protocol-version']
      const preflight = await send(url, {
        method: 'OPTIONS',
        headers: {
          origin: options.origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': names.join(','),
        },
      })
      const allowed = preflight.headers.get('access-control-allow-origin')
      if (allowed === null) throw new NotApplicable(`${options.origin} is not allowed; --origin`)
      expect(allowed === '*' || allowed === options.origin, `allowed is ${allowed}`)
      const headers = listIn(preflight.headers.get('access-control-allow-headers'))
      for (const name of names) expect(headers.includes(name), `${name} may not be sent`)
      const answer = await send(url, { method: 'POST', headers: { origin: options.origin } })
      const exposed = listIn(answer.headers.get('access-control-expose-headers'))
      for (const name of ['dpop-nonce', 'www-authenticate']) {
        expect(exposed.includes(name), `${name} may not be read`)
      }
    },
  },
]

function expectEndpoint(document: Members, name: string): void {
  const text = document[name]
  expect(typeof text === 'string' && URL.canParse(text), `${name} is not a URL`)
  const { protocol, hostname, hash } = new URL(text)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  expect(protocol === 'https:' || (protocol === 'http:' && isHere), `${name} is not https`)
  expectSame(hash, '', `the fragment of ${name}`)
}

function listIn(header: string | null): readonly string[] {
  return (header ?? '').split(',').map((name) => name.trim().toLowerCase())
}
