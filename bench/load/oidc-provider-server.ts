// Program of the peer: oidc-provider with its in-memory adapter, issuing the same tokens: ES256
// JWTs for a resource by client_credentials. It keeps no record of them. Its clients are in the
// adapter, as those of a server that registers clients while it runs, or static, which is its
// fastest arrangement: read once, cached for ever. Arguments: port, JSON file with the population,
// where the clients are.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import Provider, { errors } from 'oidc-provider'
import { type Population, scopeNames } from './population.ts'

const [port = '', populationPath = '', clientHome = ''] = process.argv.slice(2)
const { clients, resources } = JSON.parse(readFileSync(populationPath, 'utf8')) as Population
const resourceUris: ReadonlySet<string> = new Set(resources.map(({ uri }) => uri))
const tokenLifeSeconds = 3600

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const metadata = clients.map(({ id, secret }) => ({
  client_id: id,
  client_secret: secret,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
  id_token_signed_response_alg: 'ES256',
  scope: scopeNames.join(' '),
}))

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clientHome === 'static' ? metadata : [],
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

if (clientHome === 'adapter') {
  for (const client of metadata) await provider.Client.adapter.upsert(client.client_id, client)
}

const server = createServer(provider.callback()).listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
