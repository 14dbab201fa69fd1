// The route of faults for outside tests (spec 00 B27, 05 §4.8). It exists only on a server that was
// started to be tested, and is not in the API document of any other.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../../base/limits.ts'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { type DocumentReader, documentReader } from '../../oauth/json-document.ts'
import { closedObject, oneOf } from '../openapi/json-schema.ts'
import { describedBy, emptyAnswer, type Operation } from '../openapi/operation.ts'
import { readJsonObject } from './admin-request.ts'
import { sendNothing } from './answer.ts'
import { changeRefusals } from './refusals.ts'
import { jsonBody, refusesUnknown } from './request-parts.ts'

const actors = ['signer', 'storage', 'dpop-replay', 'grant-vault'] as const
const kinds = ['crash', 'hang', 'delay', 'error'] as const
const manners = ['throw', 'reject', 'exit', 'heap', 'spin', 'kill'] as const
const moments = [
  'consume.before',
  'consume.after',
  'commit.before',
  'commit.after',
  'sign.before',
  'sign.after',
  'respond.before',
] as const

export interface TestFault {
  readonly actor: (typeof actors)[number]
  /** Null = before any message is handled. */
  readonly at: (typeof moments)[number] | null
  readonly kind: (typeof kinds)[number]
  readonly how: (typeof manners)[number]
  /** How often it happens; 0 takes back what was asked for. */
  readonly count: number
  readonly delayMs: number
}

/** Makes a fault happen; gives the reason why this server cannot, or null. */
export type InjectFault = (fault: TestFault) => string | null

const operation: Operation = {
  operationId: 'injectFault',
  summary: 'Make an actor fail, for tests',
  tags: ['System'],
  body: jsonBody(
    closedObject(
      { actor: oneOf(actors), kind: oneOf(kinds) },
      {
        at: oneOf(moments),
        how: oneOf(manners),
        count: { type: 'integer', minimum: 0, maximum: limits.testFaultsMax, default: 1 },
        delay_ms: { type: 'integer', minimum: 0, maximum: limits.testFaultDelayMsMax },
      },
    ),
    refusesUnknown,
  ),
  response: { 204: emptyAnswer('It happens from now on.'), ...changeRefusals() },
}

/** Adds the route. */
export function addFaultRoute(server: FastifyInstance, inject: InjectFault): void {
  server.post('/admin/test/faults', describedBy(operation), (request, reply) => {
    const refusal = inject(readFault(request))
    if (refusal !== null) throw new AdminError('invalid', refusal)
    return sendNothing(reply)
  })
}

function readFault(request: FastifyRequest): TestFault {
  const reader = documentReader(readJsonObject(request), '')
  const actor = choiceOf(reader, 'actor', actors)
  const kind = choiceOf(reader, 'kind', kinds)
  const at = choiceOf(reader, 'at', moments)
  const how = choiceOf(reader, 'how', manners)
  const count = reader.integer('count') ?? 1
  const delayMs = reader.integer('delay_ms') ?? 0
  reader.refuseOthers(['actor', 'kind', 'at', 'how', 'count', 'delay_ms'])
  if (reader.problems[0] !== undefined) throw new AdminError('invalid', reader.problems[0])
  if (actor === null || kind === null) {
    throw new AdminError('invalid', `${actor === null ? 'actor' : 'kind'} is required`)
  }
  if (how !== null && kind !== 'crash') throw new AdminError('invalid', 'how is for a crash')
  checkRange('count', count, { from: 0, to: limits.testFaultsMax })
  const from = kind === 'delay' ? 1 : 0
  checkRange('delay_ms', delayMs, { from, to: limits.testFaultDelayMsMax })
  return { actor, at, kind, how: how ?? 'throw', count, delayMs }
}

function choiceOf<Choice extends string>(
  reader: DocumentReader,
  name: string,
  choices: readonly Choice[],
): Choice | null {
  const value = reader.text(name)
  if (value === null) return null
  const choice = choices.find((known) => known === value)
  if (choice !== undefined) return choice
  throw new AdminError('invalid', `${name} must be one of ${choices.join(', ')}`)
}

function checkRange(
  name: string,
  value: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (value >= from && value <= to) return
  throw new AdminError('invalid', `${name} must be ${from} to ${to}`)
}
