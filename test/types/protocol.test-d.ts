// What the types of actor protocols must not let through. Compiled by tsc, never run: a line under
// `@ts-expect-error` that compiles is an error.
import type { ActorDefinition } from '../../actors/runtime/define-actor.ts'
import { defineActor, refused, replied } from '../../actors/runtime/define-actor.ts'
import type {
  ActorRef,
  Ask,
  AskKind,
  AskOptions,
  Outcome,
  RefusalOf,
  ReplyOf,
  Tell,
  TellKind,
} from '../../actors/runtime/protocol.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'
import type { OAuthErrorCode } from '../../src/oauth/oauth-error.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { MachineToken } from '../../src/records/machine-token.ts'
import type { ProofClaim } from '../../src/records/proof-claim.ts'

type CounterProtocol = {
  readonly add: Ask<{ readonly n: number }, { readonly total: number }, 'too-many'>
  readonly total: Ask<Record<string, never>, { readonly total: number }>
  readonly reset: Tell<{ readonly to: number }>
}

/** Compiles only when both types are the same. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
const same = <A, B>(_: Same<A, B>): void => undefined

same<AskKind<CounterProtocol>, 'add' | 'total'>(true)
same<TellKind<CounterProtocol>, 'reset'>(true)
same<ReplyOf<CounterProtocol, 'add'>, { readonly total: number }>(true)
same<RefusalOf<CounterProtocol, 'add'>, 'too-many'>(true)
same<RefusalOf<CounterProtocol, 'total'>, never>(true)
// @ts-expect-error the control of `same`: different types are different
same<'a', 'b'>(true)

declare const counter: ActorRef<CounterProtocol>
declare const options: AskOptions

export async function senders(): Promise<void> {
  await counter.ask('add', { n: 1 }, options)
  counter.tell('reset', { to: 0 })

  // @ts-expect-error a kind that the protocol does not have
  await counter.ask('subtract', { n: 1 }, options)
  // @ts-expect-error a message without its members
  await counter.ask('add', {}, options)
  // @ts-expect-error a member of another type
  await counter.ask('add', { n: '1' }, options)
  // @ts-expect-error a member that the message does not have
  await counter.ask('add', { n: 1, force: true }, options)
  // @ts-expect-error a member where there are none
  await counter.ask('total', { n: 1 }, options)
  // @ts-expect-error no deadline: there is no default
  await counter.ask('add', { n: 1 })
  // @ts-expect-error a deadline without a trace
  await counter.ask('add', { n: 1 }, { deadlineMs: 1 })
  // @ts-expect-error an ask of a message without an answer
  await counter.ask('reset', { to: 0 }, options)
  // @ts-expect-error a tell of a message with an answer, whose answer would be lost
  counter.tell('add', { n: 1 })
}

export async function outcomes(): Promise<number> {
  const added = await counter.ask('add', { n: 1 }, options)
  // @ts-expect-error a reply that was not looked at: it may be a refusal
  const early = added.reply.total
  if (!added.ok) {
    same<typeof added.refusal, 'too-many'>(true)
    // @ts-expect-error a refusal has no reply
    return added.reply.total
  }
  // @ts-expect-error a reply has no refusal
  added.refusal satisfies string
  // What cannot be refused has its reply at once.
  const { reply } = await counter.ask('total', {}, options)
  return early + added.reply.total + reply.total
}

type State = { total: number }
type Counter = ActorDefinition<CounterProtocol, null, State>

const whole: Counter = {
  name: 'counter',
  mailbox: { messagesMax: 8 },
  batch: { messagesMax: 8 },
  asyncMax: 1,
  start: () => ({ total: 0 }),
  handlers: {
    add: {
      each: (state, { n }) => (n > 9 ? refused('too-many') : replied({ total: state.total })),
    },
    total: { batch: (state, asked) => asked.map(() => replied({ total: state.total })) },
    reset: { each: () => null },
  },
  stop: () => undefined,
}

export const definitions: readonly Counter[] = [
  defineActor<CounterProtocol>()(whole),
  {
    ...whole,
    // @ts-expect-error a kind without a handler
    handlers: { add: whole.handlers.add, total: whole.handlers.total },
  },
  {
    ...whole,
    // @ts-expect-error a handler of no kind
    handlers: { ...whole.handlers, subtract: whole.handlers.add },
  },
  {
    ...whole,
    // @ts-expect-error a refusal that the protocol does not name
    handlers: { ...whole.handlers, add: { each: () => refused('not-today') } },
  },
  {
    ...whole,
    // @ts-expect-error a refusal of a kind that has none
    handlers: { ...whole.handlers, total: { each: () => refused('too-many') } },
  },
  {
    ...whole,
    // @ts-expect-error a reply of another type
    handlers: { ...whole.handlers, total: { each: () => replied({ total: 'all' }) } },
  },
  // @ts-expect-error no bound of the mailbox
  { ...whole, mailbox: {} },
]

declare const storage: ActorRef<StorageProtocol>
declare const signer: ActorRef<SignerProtocol>
declare const token: MachineToken
declare const proof: ProofClaim | null
declare const unplaced: Omit<MachineToken, 'resourceId'>
declare const caller: { readonly ip: string; readonly traceId: string | null }
declare const claims: AccessTokenClaims

export async function messagesOfOurActors(): Promise<void> {
  await storage.ask('commitMachineIssuance', { token, proof, caller, nowMs: 0 }, options)
  // @ts-expect-error a token that does not say whether it is bound to a resource
  await storage.ask('commitMachineIssuance', { token: unplaced, proof, caller, nowMs: 0 }, options)
  // @ts-expect-error a token without its trace
  await storage.ask('commitMachineIssuance', { token, proof, nowMs: 0 }, options)
  // @ts-expect-error a token that does not say whether a proof came with it
  await storage.ask('commitMachineIssuance', { token, caller, nowMs: 0 }, options)

  await signer.ask('signAccessToken', { claims }, options)
  // @ts-expect-error bytes instead of claims
  await signer.ask('signAccessToken', { claims: new Uint8Array() }, options)
  const { sub: _, ...nobody } = claims
  // @ts-expect-error claims without a subject
  await signer.ask('signAccessToken', { claims: nobody }, options)
  // @ts-expect-error two audiences
  await signer.ask('signAccessToken', { claims: { ...claims, aud: ['a', 'b'] } }, options)
  // @ts-expect-error another actor's message
  await signer.ask('ping', {}, options)
  // @ts-expect-error the signer has no message that hands out a private key
  await signer.ask('exportKey', {}, options)
}

declare const signed: Outcome<SignerProtocol, 'signAccessToken'>
export function handOut(): string {
  // @ts-expect-error a token that may have been refused
  return signed.reply.jwt
}

// @ts-expect-error a code outside the closed set
export const code: OAuthErrorCode = 'invalid_anything'
// @ts-expect-error an action outside the closed set
export const action: AuditEvent['action'] = 'token.invented'
