// The administrator of a recorded load: one change after the other, each acknowledged before the
// next. He suspends and reactivates, replaces secrets, makes and deletes clients, revokes tokens,
// edits a policy, and reads.
import type { ChangeOperation } from './history.ts'
import { type Answered, type Asked, send } from './history-client.ts'
import { type ClientId, type Run, scope, secretKey, timed } from './history-known.ts'

/** Makes changes until the run is over or no answer comes. */
export async function sendChanges(run: Run): Promise<void> {
  // First of all the client works again that the death of a server may have left suspended. A
  // client passes from its making to its end over many steps, and over restarts of the server.
  const steps = [
    reactivate,
    replaceSecret,
    deleteClient,
    suspend,
    read,
    reactivate,
    revoke,
    createClient,
    allow,
    revoke,
    forbid,
  ]
  for (let index = 0; !run.isOver; index += 1) {
    const isAlive = await steps[index % steps.length]?.(run)
    if (!isAlive) return
  }
}

type Facts = Pick<ChangeOperation, 'action' | 'ends' | 'revives' | 'states'>

const plain: Omit<Facts, 'action'> = { ends: null, revives: null, states: null }

/** Sends a change and records it; null when no answer came. */
async function changeBy(
  run: Run,
  asked: { readonly method: string; readonly path: string; readonly body?: object },
  facts: Facts,
): Promise<Answered | null> {
  const { method, path, body } = asked
  const answer = await send(run.agent, adminAsk(run, { method, path, body }))
  run.history.add({ op: 'change', ...facts, ...timed(answer) })
  return answer.status === null ? null : answer
}

const suspended: ClientId = 'suspended'

async function suspend(run: Run): Promise<boolean> {
  const asked = { method: 'PATCH', path: `/admin/clients/${suspended}/suspend` }
  const states = `-active ${suspended}`
  const facts = { ...plain, action: 'client.suspended', states }
  return (await changeBy(run, asked, { ...facts, ends: suspended })) !== null
}

async function reactivate(run: Run): Promise<boolean> {
  const asked = { method: 'PATCH', path: `/admin/clients/${suspended}/reactivate` }
  const states = `+active ${suspended}`
  const facts = { ...plain, action: 'client.reactivated', states }
  return (await changeBy(run, asked, { ...facts, revives: suspended })) !== null
}

async function replaceSecret(run: Run): Promise<boolean> {
  const id: ClientId = 'rotated'
  const { secrets } = run.known
  const before = secrets.get(id) ?? { text: '', version: 0 }
  const asked = { method: 'POST', path: `/admin/clients/${id}/rotate-secret` }
  const facts = { ...plain, action: 'client.secret_rotated' }
  const answer = await changeBy(run, asked, { ...facts, ends: secretKey(id, before) })
  const text = answer?.body['client_secret']
  if (text !== undefined) secrets.set(id, { text: String(text), version: before.version + 1 })
  return answer !== null
}

/** The next client to pass, unless there is one; its id is known when the answer comes. */
async function createClient(run: Run): Promise<boolean> {
  const { known } = run
  if (!known.passing.isDeleted) return read(run)
  const body = {
    client_name: 'Passing',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope,
  }
  const answer = await send(
    run.agent,
    adminAsk(run, { method: 'POST', path: '/admin/clients', body }),
  )
  const facts = timed(answer)
  const id = facts.outcome === 'ok' ? String(answer.body['client_id']) : null
  const states = id === null ? null : `+client ${id}`
  run.history.add({ op: 'change', ...plain, action: 'client.created_admin', states, ...facts })
  if (id !== null) {
    const secret = { text: String(answer.body['client_secret']), version: 0 }
    known.passing = { id, secret, isDeleted: false }
  }
  return answer.status !== null
}

/** From then on it gets no token, and nothing works that it holds; an unknown end is one, too. */
async function deleteClient(run: Run): Promise<boolean> {
  const { passing } = run.known
  if (passing.isDeleted) return read(run)
  const asked = { method: 'DELETE', path: `/admin/clients/${passing.id}?force=true` }
  const facts = { ...plain, action: 'client.deleted', states: `-client ${passing.id}` }
  const answer = await changeBy(run, asked, { ...facts, ends: passing.id })
  run.known.passing = { ...passing, isDeleted: true }
  return answer !== null
}

async function revoke(run: Run): Promise<boolean> {
  const jti = run.known.recent.pop()
  if (jti === undefined) return read(run)
  const asked = { method: 'DELETE', path: `/admin/issuances/${jti}` }
  const facts = { ...plain, action: 'issuance.revoked_admin', states: `+revoked ${jti}` }
  return (await changeBy(run, asked, facts)) !== null
}

const allowedPath = '/admin/resources/r1/policy/exchange/allowed-clients'
const allowedAction = 'resource.policy.exchange.allowed_client'

async function allow(run: Run): Promise<boolean> {
  const id = run.known.unnamed.shift()
  if (id === undefined) return read(run)
  const asked = { method: 'POST', path: allowedPath, body: { client_id: id } }
  const facts = { ...plain, action: `${allowedAction}.added`, states: `+allowed ${id}` }
  const answer = await changeBy(run, asked, facts)
  run.known.named = answer?.status === 200 ? id : null
  return answer !== null
}

async function forbid(run: Run): Promise<boolean> {
  const id = run.known.named
  if (id === null) return read(run)
  const asked = { method: 'DELETE', path: `${allowedPath}/${id}` }
  const facts = { ...plain, action: `${allowedAction}.removed`, states: `-allowed ${id}` }
  const answer = await changeBy(run, asked, facts)
  run.known.named = null
  if (answer?.status === 200) run.known.unnamed.push(id)
  return answer !== null
}

async function read(run: Run): Promise<boolean> {
  const audit = await send(
    run.agent,
    adminAsk(run, { method: 'GET', path: '/admin/audit?limit=20' }),
  )
  const { port } = run.server
  const asked = { port, method: 'GET', path: '/.well-known/jwks.json', headers: {}, body: '' }
  const keys = await send(run.agent, asked)
  return audit.status !== null && keys.status !== null
}

function adminAsk(
  { server }: Run,
  asked: { readonly method: string; readonly path: string; readonly body?: object | undefined },
): Asked {
  const authorization = `Bearer ${server.adminKey()}`
  const { method, path, body } = asked
  return {
    port: Number(new URL(server.adminUrl).port),
    method,
    path,
    headers:
      body === undefined
        ? { authorization }
        : { authorization, 'content-type': 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
  }
}
