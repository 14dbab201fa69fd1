// Program of the peer: oidc-provider with its in-memory adapter and static clients, which is its
// fastest arrangement, issuing the same tokens: ES256 JWTs for a resource by client_credentials. It
// keeps no record of them. Arguments: port, JSON file with the population.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import Provider, { errors } from 'oidc-provider'
import { type Population, scopeNames } from './population.ts'

const [port = '', populationPath = ''] = process.argv.slice(2)
const { clients, resources } = JSON.parse(readFileSync(populationPath, 'utf8')) as Population
const resourceUris: ReadonlySet<string> = new Set(resources.map(({ uri }) => uri))
const tokenLifeSeconds = 3600

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256',
    scope: scopeNames.join(' '),
  })),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  cookies: { keys: ['unused: no cookie is ever set'] },
  scopes: [...scopeNames],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context: unknown, uri: string) => {
        if (!resourceUris.has(uri)) throw new errors.InvalidTarget()
        return {
          scope: scopeNames.join(' '),
          audience: uri,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenLifeSeconds,
          jwt: { sign: { alg: 'ES256' } },
        }
      },
    },
  },
})

const server = createServer(provider.callback()).listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
