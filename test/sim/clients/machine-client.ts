// A machine that asks for tokens: mostly as it should, sometimes with a wrong or retired secret,
// for a resource that nobody registered, or several times at once. It checks what it is given.
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import type { OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { KnownClient, Operation } from '../history.ts'
import { isVerified, mustVerify, rotations } from '../invariants/keys.ts'
import { checkMachineTokens, checkStored } from '../invariants/machine-tokens.ts'
import type { Part } from '../part.ts'
import { attempt, type Surroundings } from './machine.ts'

export const machineTokens: Part = {
  grantTypes: ['client_credentials'],
  machines: [
    ['machine-1', machineClient],
    ['machine-2', machineClient],
    ['machine-3', machineClient],
    ['machine-4', machineClient],
  ],
  atEnd: checkMachineTokens,
}

/** Refusals that the grant documents (spec 01 §10.5). */
const refusals: readonly OAuthErrorCode[] = [
  'invalid_client',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
]

interface Attempt {
  readonly client: KnownClient
  readonly secret: string
  readonly resource: string | null
}

/** Asks for one to three tokens. */
async function machineClient(surroundings: Surroundings): Promise<void> {
  const { random } = surroundings
  const wanted = draw(surroundings)
  const times = random.oneIn(4) ? 2 + random.below(2) : 1
  await Promise.all(Array.from({ length: times }, () => askForToken(surroundings, wanted)))
}

const unregistered = 'https://nobody.test/mcp'

function draw({ history, random }: Surroundings): Attempt {
  const client = random.pick(history.clients)
  const { retiredSecrets } = client
  const mistake = random.below(10)
  const retired = retiredSecrets.length > 0 ? random.pick(retiredSecrets) : 'never-right'
  const uris = mistake === 1 ? [unregistered] : [null, ...history.resourceUris]
  return {
    client,
    secret: mistake === 0 ? 'never-right' : mistake <= 2 ? retired : client.secret,
    resource: random.pick(uris),
  }
}

async function askForToken(surroundings: Surroundings, wanted: Attempt): Promise<void> {
  const { server, history } = surroundings
  const { client, secret, resource } = wanted
  const isRight = secret === client.secret
  const mustFail = client.isBlocked || !isRight || resource === unregistered
  const isCertain = client.isStatusCertain && client.isSecretCertain
  const mustSucceed = isCertain && !client.isBeingChanged && !mustFail
  const { epoch } = client
  const rotationsBefore = rotations(history).ended
  const { operation, result } = await attempt(
    surroundings,
    ({ id }) => issueToken(server.services, call(wanted, id)),
    refusals,
  )
  if (result === null) {
    const isUntouched = epoch === client.epoch
    const isWrong = operation.outcome === 'refused' && mustSucceed && isUntouched
    // A jump of the clock may have made its claims unacceptable.
    if (isWrong && history.clockJumps === 0)
      history.fail(`a right request was refused: ${client.id}`)
    return
  }
  history.secrets.add(result.access_token)
  if (mustFail) history.fail(`${client.id} got a token that it must not have`)
  const { jti, aud } = claimsOf(result.access_token)
  const token = {
    jwt: result.access_token,
    jti,
    clientId: client.id,
    isBound: resource !== null,
    rotationsBefore,
    isRevoked: false,
  }
  history.tokens.push(token)
  checkStored(server, history, token)
  checkAudience(surroundings, { operation, aud, resource })
  if (mustVerify(history, token) && !isVerified(server, token.jwt)) {
    history.fail(`token ${jti} does not verify with the keys fetched after it`)
  }
}

function checkAudience(
  { server, history }: Surroundings,
  given: {
    readonly operation: Operation
    readonly aud: readonly string[]
    readonly resource: string | null
  },
): void {
  const wanted = given.resource ?? server.services.settings.features.issuer
  if (given.aud.length === 1 && given.aud[0] === wanted) return
  history.fail(`operation ${given.operation.id} asked for ${wanted} and got ${given.aud}`)
}

function call({ client, secret, resource }: Attempt, id: string): Parameters<typeof issueToken>[1] {
  const form = new Map([['grant_type', 'client_credentials']])
  if (resource !== null) form.set('resource', resource)
  const basic = Buffer.from(`${client.id}:${secret}`, 'utf8').toString('base64')
  return {
    grantType: 'client_credentials',
    form,
    authorization: `Basic ${basic}`,
    proof: null,
    caller: { ip: id, trace: null, requestId: id },
  }
}

function claimsOf(jwt: string): { readonly jti: string; readonly aud: readonly string[] } {
  const payload = jwt.split('.')[1] ?? ''
  const { jti, aud } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  return { jti, aud: [aud].flat() }
}
