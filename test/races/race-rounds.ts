// Races for things that are good once (reliability B2): many contenders send the same code, refresh
// token or proof to a real server, released together by the last byte of their requests.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { limits } from '../../src/base/limits.ts'
import type { Services } from '../../src/flows/services.ts'
import { unlimited } from '../e2e/token-load.ts'
import { makeProof, makeProofKey } from '../support/dpop-client.ts'
import { type Chance, chanceOf } from '../support/history-chance.ts'
import { parseResponses } from '../support/raw-http.ts'
import { secretOf, seedClient } from '../support/seed.ts'
import {
  codeForm,
  refreshForm,
  type SeededCode,
  type SeededFamily,
  seedCode,
  seedFamily,
  seedParty,
} from '../support/seed-grant.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

export interface RacePlan {
  /** Decides how many contend. */
  readonly seed: number
  /** Of each kind: for a code, for a refresh token, for a proof. */
  readonly races: number
  /** 0 or more seconds in which a spent refresh token is answered again. */
  readonly graceSeconds: number
}

export interface RaceReport {
  /** What was otherwise than it had to be. */
  readonly violations: readonly string[]
  readonly races: number
  readonly contenders: number
}

/** Fewest and most that contend for one thing. */
const contendersOf = [8, 50] as const
const machineId = 'm2m'

/** A race that is about to be run: what everybody sends, and what must come of it. */
interface Race {
  readonly name: string
  readonly form: Readonly<Record<string, string>>
  readonly proof: string | null
  readonly winners: number
  /** What losers are told. */
  readonly error: string
  /** Status of the family afterwards, or null when there is none. */
  readonly family: ((server: RunningServer) => unknown) | null
}

/** Runs races of all kinds on one server, one after the other. */
export async function raceAgainAndAgain(plan: RacePlan): Promise<RaceReport> {
  const chance = chanceOf(plan.seed)
  const codes: SeededCode[] = []
  const families: SeededFamily[] = []
  const server = await startServer({
    environment: { ...unlimited, AUTHPLANE_OAUTH_REFRESH_GRACE: `${plan.graceSeconds}s` },
    seed: async (services) => {
      await seedParty(services)
      await seedClient(services, machineId, {})
      codes.push(...(await seedCodes(services, plan.races)))
      families.push(...(await seedFamilies(services, plan.races)))
    },
  })
  try {
    const races = [
      ...codes.map(raceForCode),
      ...families.map((family) => raceForRefreshToken(family, plan.graceSeconds)),
      ...Array.from({ length: plan.races }, () => raceForProof(server)),
    ]
    const violations: string[] = []
    let contenders = 0
    for (const race of races) {
      const count = drawCount(chance)
      contenders += count
      violations.push(...(await run(server, race, count)))
    }
    return { violations, races: races.length, contenders }
  } finally {
    await server.stop()
  }
}

const drawCount = (chance: Chance): number =>
  Math.floor(chance.between(contendersOf[0], contendersOf[1] + 1))

function seedCodes(services: Services, count: number): Promise<readonly SeededCode[]> {
  return Promise.all(Array.from({ length: count }, () => seedCode(services, {})))
}

async function seedFamilies(services: Services, count: number): Promise<readonly SeededFamily[]> {
  const codes = await seedCodes(services, count)
  return Promise.all(codes.map((code) => seedFamily(services, code, { dpopJkt: null })))
}

/** The losers show the right verifier: theirs is a reuse, which ends what the winner got. */
function raceForCode(seeded: SeededCode): Race {
  const { id } = seeded.authorization
  const sql = 'SELECT status FROM token_families WHERE auth_session_id = ?'
  return {
    name: `code of ${id}`,
    form: codeForm(seeded),
    proof: null,
    winners: 1,
    error: 'invalid_grant',
    family: ({ rows }) => rows(sql, id).map(({ status }) => status),
  }
}

function raceForRefreshToken(family: SeededFamily, graceSeconds: number): Race {
  const sql = `SELECT status, (SELECT count(*) FROM refresh_tokens
      WHERE family_id = f.id AND consumed_at IS NULL) AS live
    FROM token_families AS f WHERE id = ?`
  return {
    name: `refresh token of ${family.familyId}`,
    form: refreshForm(family.refreshToken, family.clientId),
    proof: null,
    winners: graceSeconds === 0 ? 1 : 1 + limits.refreshSiblingsMax,
    error: 'invalid_grant',
    family: ({ rows }) =>
      rows(sql, family.familyId).map(({ status, live }) => (live === 0 ? status : `${live} live`)),
  }
}

function raceForProof({ issuer }: RunningServer): Race {
  const secret = secretOf(machineId)
  return {
    name: 'proof',
    form: { grant_type: 'client_credentials', client_id: machineId, client_secret: secret },
    proof: makeProof(makeProofKey(), `${issuer}/oauth/token`, {}),
    winners: 1,
    error: 'invalid_dpop_proof',
    family: null,
  }
}

async function run(server: RunningServer, race: Race, count: number): Promise<readonly string[]> {
  const answers = await sendTogether(server.port, requestOf(server, race), count)
  const won = answers.filter(({ status }) => status === 200)
  const tokens = new Set(won.flatMap(({ body }) => [body['access_token'], body['refresh_token']]))
  tokens.delete(undefined)
  const perWinner = race.family === null ? 1 : 2
  const lost = answers.filter(({ status }) => status !== 200)
  const wrong = lost.filter(({ status, body }) => status !== 400 || body['error'] !== race.error)
  const family = race.family?.(server) ?? ['revoked']
  const found = [
    ...(won.length === race.winners ? [] : [`${won.length} winners`]),
    ...(tokens.size === won.length * perWinner ? [] : ['winners share a token']),
    ...wrong.map(({ status, body }) => `a loser was told ${status} ${body['error']}`),
    ...(String(family) === 'revoked' ? [] : [`families: ${family}`]),
  ]
  return found.map((what) => `${race.name} and ${count} contenders: ${what}`)
}

function requestOf({ port }: RunningServer, { form, proof }: Race): string {
  const body = new URLSearchParams(form).toString()
  return [
    'POST /oauth/token HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...(proof === null ? [] : [`DPoP: ${proof}`]),
    '',
    body,
  ].join('\r\n')
}

interface RaceAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Has everybody send all but the last byte; then all last bytes go out together. */
async function sendTogether(
  port: number,
  request: string,
  count: number,
): Promise<readonly RaceAnswer[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port, host: '127.0.0.1' }).setNoDelay(true)
      await once(socket, 'connect')
      socket.write(request.slice(0, -1))
      return socket
    }),
  )
  const answers = sockets.map(answerOn)
  for (const socket of sockets) socket.write(request.slice(-1))
  return Promise.all(answers)
}

async function answerOn(socket: Socket): Promise<RaceAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const [response] = parseResponses(Buffer.concat(chunks).toString('latin1'))
  assert.ok(response !== undefined, 'every contender gets an answer')
  return { status: response.status, body: JSON.parse(response.body) }
}
