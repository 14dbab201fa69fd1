// Keys are published before they sign, and stay so for as long as verifiers need them
// (spec 02 §12.5).
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { FromActor } from '../../../actors/runtime/frames.ts'
import type { PublicJwk } from '../../../src/records/signing-key.ts'
import { type History, type KnownToken, perRun } from '../history.ts'
import type { SimulatedServer } from '../simulated-server.ts'

/** Rotations that may drop a key. */
export const rotations = perRun(() => ({ begun: 0, ended: 0 }))

/** A key that signs has been published by then. */
export function checkSignatures(server: SimulatedServer, history: History, frame: FromActor): void {
  if (frame.type !== 'answers') return
  for (const value of frame.answers) {
    const kid = (value as { readonly jwt?: string; readonly kid?: string } | null)?.kid
    if (typeof kid !== 'string' || (value as { jwt?: string }).jwt === undefined) continue
    if (!server.publishedKeys().some((key) => key.kid === kid)) {
      history.fail(`${kid} signs before it is published`)
    }
  }
}

const imported = new WeakMap<PublicJwk, KeyObject>()

/** Whether a verifier that fetches the keys now accepts the token's signature. */
export function isVerified(server: SimulatedServer, jwt: string): boolean {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'))
  const jwk = server.publishedKeys().find((key) => key.kid === kid)
  if (jwk === undefined) return false
  const key = imported.get(jwk) ?? createPublicKey({ key: { ...jwk }, format: 'jwk' })
  imported.set(jwk, key)
  const signed = Buffer.from(`${head}.${payload}`, 'latin1')
  const options = { key, dsaEncoding: 'ieee-p1363' as const }
  return verify('sha256', signed, options, Buffer.from(signature, 'base64url'))
}

/** One rotation keeps the key as the previous one; two, of which one is forced, may drop it. */
export function mustVerify(
  history: History,
  { rotationsBefore }: Pick<KnownToken, 'rotationsBefore'>,
): boolean {
  return rotations(history).begun - rotationsBefore <= 1
}
