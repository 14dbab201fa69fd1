// Rotates the signing key again and again under load, while a resource server verifies every token
// as it comes and fetches the key set only when it meets a key that it does not know (reliability
// B11).
import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import { type Answer, type Load, startLoad } from '../e2e/token-load.ts'
import { isSigned } from '../support/history-checker.ts'
import type { RunningServer } from '../support/start-server.ts'

export interface RotationReport {
  readonly verified: number
  readonly failed: number
  /** Answers that are no tokens, and failures of connections. */
  readonly refusals: number
  readonly rotations: number
  /** How often the resource server fetched the key set. */
  readonly fetches: number
  readonly tokensPerSecond: number
}

/** Rotates `rotations` times, with at least `tokensBetween` tokens after each. */
export async function rotateUnderLoad(
  server: RunningServer,
  rotations: number,
  tokensBetween: number,
): Promise<RotationReport> {
  const load = startLoad(server.port)
  const verifier = startVerifier(server, load)
  await load.tokens(tokensBetween)
  const startedMs = performance.now()
  const before = load.answers.length
  for (let round = 0; round < rotations; round += 1) {
    const kid = await rotate(server)
    await load.tokens(load.answers.length + tokensBetween)
    // A key set holds this key and the one before: nobody may sleep through two rotations.
    await verifier.met(kid)
  }
  const seconds = (performance.now() - startedMs) / 1000
  const tokensPerSecond = Math.round((load.answers.length - before) / seconds)
  await load.stop()
  const { verified, failed, fetches } = await verifier.finish()
  const others = load.answers.filter(({ jwt }) => jwt === null).length
  const refusals = others + load.failures.length
  return { verified, failed, refusals, rotations, fetches, tokensPerSecond }
}

/** The id of the key that signs from now on. */
export async function rotate(server: RunningServer): Promise<string> {
  const response = await fetch(`${server.adminUrl}/admin/keys/rotate?force=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminKey()}` },
  })
  const body = (await response.json()) as { readonly kid: string }
  assert.equal(response.status, 200, JSON.stringify(body))
  return body.kid
}

interface Verifier {
  /** Resolves when a token of this key was verified. */
  met(kid: string): Promise<void>
  /** Verifies what is left, once the load has ended. */
  finish(): Promise<{
    readonly verified: number
    readonly failed: number
    readonly fetches: number
  }>
}

function startVerifier(server: RunningServer, load: Load): Verifier {
  const keys = new Map<string, KeyObject>()
  const metKids = new Set<string>()
  let [next, verified, failed, fetches, isOver] = [0, 0, 0, 0, false]

  async function look({ jwt }: Answer): Promise<void> {
    if (jwt === null) return
    const kid = String(decodeProtectedHeader(jwt).kid)
    if (!keys.has(kid)) {
      fetches += 1
      for (const [id, key] of await fetchKeys(server)) keys.set(id, key)
    }
    metKids.add(kid)
    if (isSigned(jwt, keys)) verified += 1
    else failed += 1
  }

  const work = async (): Promise<void> => {
    for (;;) {
      const answer = load.answers[next]
      if (answer !== undefined) {
        next += 1
        await look(answer)
      } else if (isOver) return
      else await new Promise(setImmediate)
    }
  }
  const working = work()
  return {
    met: async (kid) => {
      while (!metKids.has(kid)) await Promise.race([working, new Promise(setImmediate)])
    },
    finish: async () => {
      isOver = true
      await working
      return { verified, failed, fetches }
    },
  }
}

async function fetchKeys(server: RunningServer): Promise<readonly [string, KeyObject][]> {
  const response = await fetch(`${server.baseUrl}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as JSONWebKeySet
  return keys.map((key) => [String(key.kid), createPublicKey({ key, format: 'jwk' })])
}
