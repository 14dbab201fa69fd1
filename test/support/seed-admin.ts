// What is in the store before the first case of a file of admin fixtures; its README lists it.
import { instantText } from '../../actors/storage/dialect.ts'
import type { Services } from '../../src/flows/services.ts'
import { issueToken } from '../../src/flows/token/issue-token.ts'
import { parseForm } from '../../src/oauth/form.ts'
import { readTokenCall } from '../../src/oauth/token-request.ts'
import type { InlineServices } from './inline-services.ts'
import { scopesOf, secretOf, seedClient, seedResource } from './seed.ts'
import { seedApp, seedUserTokens } from './seed-codes.ts'
import { seedUser } from './seed-users.ts'

/**
 * Stores clients, resources, a provider and a link, and issues one token; `withPeople` users too,
 * and what they have allowed.
 */
export async function seedAdminFixtures(
  { services, execute }: InlineServices,
  withPeople: boolean,
): Promise<void> {
  await seedClient(services, 'm2m', { scope: 'notes:read' })
  await seedClient(services, 'pub', { secretHash: '', tokenEndpointAuthMethod: 'none' })
  // Providers and links have no use case of their own yet.
  const then = instantText(services.clock.nowMs())
  execute(`
    INSERT INTO broker_providers (id, slug, display_name, protocol, created_at, updated_at)
    VALUES ('provider', 'example', 'Example', 'oauth', '${then}', '${then}')`)
  await seedResource(services, 'notes', { scopes: scopesOf('notes:read', 'notes:write') })
  await seedResource(services, 'source', { scopes: scopesOf('read') })
  await seedResource(services, 'target', { scopes: scopesOf('write') })
  await seedResource(services, 'mail', { backendKind: 'broker', brokerProviderId: 'provider' })
  execute(`
    INSERT INTO fronting_links (source_slug, target_slug, scope_map, created_at, created_by)
    VALUES ('source', 'target', '{"read":["write"]}', '${then}', 'admin')`)
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'm2m',
    client_secret: secretOf('m2m'),
    resource: 'https://notes.test/mcp',
  })
  const trace = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    isSampled: true,
  }
  const call = readTokenCall(parseForm(Buffer.from(form.toString()), null), {
    authorization: undefined,
    proof: null,
    caller: { ip: '192.0.2.7', requestId: 'seed', trace },
  })
  await issueToken(services, call)
  if (withPeople) await seedPeople(services)
}

async function seedPeople(services: Services): Promise<void> {
  await seedUser(services, 'alice', {})
  await seedUser(services, 'bob', {})
  await seedUser(services, 'federated', {
    email: null,
    passwordHash: '',
    provider: 'oidc',
    providerSub: 'sub',
    providerIssuer: 'https://idp.test',
  })
  await seedApp(services, 'app', {})
  const resource = { id: 'notes', uri: 'https://notes.test/mcp' }
  const of = { clientId: 'app', userId: 'alice', scope: 'notes:read' }
  await seedUserTokens(services, { ...of, resource })
  await seedUserTokens(services, { ...of, resource: null })
}
