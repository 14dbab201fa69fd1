// An administrator who suspends, reactivates, deletes and registers clients, replaces secrets,
// edits the policy of a resource and revokes tokens. What he is told to be done must be so from
// then on, whatever happens to the server.
import {
  clientStatusMoves,
  createClient,
  deleteClient,
  moveClientStatus,
  rotateClientSecret,
} from '../../../src/flows/admin/clients.ts'
import { listIssuances, revokeIssuance } from '../../../src/flows/admin/issuances.ts'
import { addPolicyEntry, removePolicyEntry } from '../../../src/flows/admin/resource-policy.ts'
import { createResource } from '../../../src/flows/admin/resources.ts'
import { emptyPolicy } from '../../../src/oauth/resource-registration.ts'
import type { KnownClient } from '../history.ts'
import { checkStored } from '../invariants/machine-tokens.ts'
import type { Part } from '../part.ts'
import { administrator, attempt, change, type Surroundings } from './machine.ts'

export const clients: Part = {
  setUp: async (surroundings) => {
    await registerResources(surroundings)
    for (let count = 0; count < clientsAtStart; count += 1) await register(surroundings)
  },
  machines: [
    ['administrator-1', administratorAtWork],
    ['administrator-2', administratorAtWork],
  ],
}

const clientsAtStart = 3
const clientsMax = 8

/** Does one thing. */
async function administratorAtWork(surroundings: Surroundings): Promise<void> {
  const { history, random } = surroundings
  const client = random.pick(history.clients)
  const isFree = !client.isBeingChanged && !client.isDeleted
  switch (random.below(8)) {
    case 0:
      return isFree ? suspend(surroundings, client) : undefined
    case 1:
    case 2:
      return isFree ? reactivate(surroundings, client) : undefined
    case 3:
      return isFree ? replaceSecret(surroundings, client) : undefined
    case 4:
      return isFree && random.oneIn(3) ? remove(surroundings, client) : undefined
    case 5:
      return history.clients.length < clientsMax ? register(surroundings) : undefined
    case 6:
      return editPolicy(surroundings, client)
    default:
      return revoke(surroundings)
  }
}

async function registerResources({ server, history }: Surroundings): Promise<void> {
  const uris = ['https://tools.test/mcp', 'https://files.test/mcp']
  for (const uri of uris) {
    await createResource(server.services, administrator, {
      slug: new URL(uri).host.replace('.test', ''),
      uri,
      backendKind: 'mint',
      brokerProviderId: null,
      brokerProviderSlug: null,
      displayName: null,
      scopes: [{ name: 'tools/echo', description: '', upstream: '' }],
      policy: emptyPolicy,
    })
  }
  history.resourceUris = uris
}

/** Registers a machine client. */
async function register(surroundings: Surroundings): Promise<void> {
  const { server, history } = surroundings
  const requested = {
    name: 'machine',
    redirectUris: null,
    grantTypes: ['client_credentials'],
    responseTypes: null,
    tokenEndpointAuthMethod: 'client_secret_basic',
    scope: 'tools/echo',
    isAgent: null,
    agentDescription: null,
    applicationType: null,
    dpopBoundAccessTokens: null,
  }
  const { result } = await attempt(
    surroundings,
    () => createClient(server.services, administrator, requested),
    [],
  )
  if (result === null) return
  const { client, secret } = result
  if (secret === null) return history.fail('a machine client has a secret')
  history.secrets.add(secret)
  history.changeCount(client.id, 'client.created_admin').acknowledged += 1
  history.clients.push({
    id: client.id,
    secret,
    retiredSecrets: [],
    isBlocked: false,
    isStatusCertain: true,
    isSecretCertain: true,
    epoch: 0,
    isBeingChanged: false,
    isDeleted: false,
  })
}

async function suspend(surroundings: Surroundings, client: KnownClient): Promise<void> {
  const outcome = await move(surroundings, client, 'suspend')
  if (outcome === 'ok') client.isBlocked = true
  if (outcome !== 'refused') client.isStatusCertain = outcome === 'ok'
}

async function reactivate(surroundings: Surroundings, client: KnownClient): Promise<void> {
  client.isBlocked = false
  const outcome = await move(surroundings, client, 'reactivate')
  if (outcome !== 'refused') client.isStatusCertain = outcome === 'ok'
}

async function move(
  surroundings: Surroundings,
  client: KnownClient,
  name: 'suspend' | 'reactivate',
): Promise<string> {
  const { action, to } = clientStatusMoves[name]
  const { outcome } = await change(surroundings, { client, action }, () =>
    moveClientStatus(surroundings.server.services, administrator, { id: client.id, move: name }),
  )
  if (outcome === 'ok') expectStatus(surroundings, client, to)
  return outcome
}

function expectStatus(
  { server, history }: Surroundings,
  client: KnownClient,
  status: string,
): void {
  const [row] = server.disk.rows('SELECT status FROM clients WHERE id = ?', client.id)
  if (row?.['status'] !== status) {
    history.fail(`${client.id} was said to be ${status} and is ${String(row?.['status'])}`)
  }
}

async function replaceSecret(surroundings: Surroundings, client: KnownClient): Promise<void> {
  const { server, history } = surroundings
  const action = 'client.secret_rotated'
  const { outcome, result } = await change(surroundings, { client, action }, () =>
    rotateClientSecret(server.services, administrator, client.id),
  )
  if (outcome !== 'refused') client.isSecretCertain = outcome === 'ok'
  if (result === null) return
  history.secrets.add(result.secret)
  client.retiredSecrets.push(client.secret)
  client.secret = result.secret
}

async function remove(surroundings: Surroundings, client: KnownClient): Promise<void> {
  const { server } = surroundings
  const request = { id: client.id, force: surroundings.random.oneIn(2) }
  const { outcome } = await change(surroundings, { client, action: 'client.deleted' }, () =>
    deleteClient(server.services, administrator, request),
  )
  if (outcome === 'unknown') client.isStatusCertain = false
  if (outcome !== 'ok') return
  client.isBlocked = true
  client.isDeleted = true
}

async function editPolicy(surroundings: Surroundings, client: KnownClient): Promise<void> {
  const edit = { slug: 'tools', list: 'runtime', entry: client.id } as const
  const work = surroundings.random.oneIn(2) ? addPolicyEntry : removePolicyEntry
  const { result } = await attempt(
    surroundings,
    () => work(surroundings.server.services, administrator, edit),
    [],
  )
  if (result === null) return
  if (result.includes(client.id) !== (work === addPolicyEntry)) {
    surroundings.history.fail(`the policy list does not show the edit of ${client.id}`)
  }
}

/** Finds a token by its id, as an administrator does, and revokes it. */
async function revoke(surroundings: Surroundings): Promise<void> {
  const { server, history, random } = surroundings
  const bound = history.tokens.filter((token) => token.isBound)
  if (bound.length === 0) return
  const token = random.pick(bound)
  const { services } = server
  const query = { userId: null, clientId: null, resourceId: null, since: null, limit: null }
  const { result } = await attempt(surroundings, async () => {
    const { issuances } = await listIssuances(services, administrator, { ...query, jti: token.jti })
    if (issuances.length !== 1) history.fail(`token ${token.jti} is not in the list`)
    await revokeIssuance(services, administrator, token.jti)
    return 'revoked'
  }, [])
  if (result === null) return
  token.isRevoked = true
  checkStored(server, history, token)
}
