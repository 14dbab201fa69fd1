// Health for machines (spec 01 §4): alive, working, ready for more.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { rfc3339Seconds } from '../../base/instant.ts'
import { limits } from '../../base/limits.ts'
import type { ReadinessProbe } from '../../flows/operations/health.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { healthOperations } from './health-operations.ts'

const paths = ['/livez', '/ready', '/health'] as const

/** Every path of a health route: at the root for probes, and below the issuer's path. */
export function healthPaths(basePath: string): readonly string[] {
  return basePath === '' ? paths : [...paths, ...paths.map((path) => basePath + path)]
}

/** Adds the routes. */
export function addHealthRoutes(
  server: FastifyInstance,
  readiness: ReadinessProbe,
  basePath: string,
): void {
  for (const prefix of new Set(['', basePath])) {
    const operations = healthOperations(prefix === '' ? '' : 'BelowIssuer')
    server.get(`${prefix}/livez`, describedBy(operations.livez), (_request, reply) =>
      sendHealth(reply, { code: 200, status: 'alive', db: null, nowMs: readiness.now() }),
    )
    server.get(`${prefix}/ready`, describedBy(operations.ready), async (_request, reply) => {
      const isReady = await readiness.isReady()
      return sendHealth(reply, {
        code: isReady ? 200 : 503,
        status: isReady ? 'ready' : 'not_ready',
        db: isReady || readiness.isDraining() ? 'ok' : 'error',
        nowMs: readiness.now(),
      })
    })
    server.get(`${prefix}/health`, describedBy(operations.health), async (_request, reply) => {
      const isUp = await readiness.isDatabaseUp(limits.healthAskMs)
      return sendHealth(reply, {
        code: isUp ? 200 : 503,
        status: isUp ? 'ok' : 'degraded',
        db: isUp ? 'ok' : 'error',
        nowMs: readiness.now(),
      })
    })
  }
}

function sendHealth(
  reply: FastifyReply,
  health: {
    readonly code: number
    readonly status: string
    readonly db: string | null
    readonly nowMs: number
  },
): FastifyReply {
  const body = {
    status: health.status,
    time: rfc3339Seconds(health.nowMs),
    ...(health.db === null ? null : { db: health.db }),
  }
  reply.code(health.code).header('cache-control', 'no-store')
  return sendJson(reply, 'application/json', JSON.stringify(body))
}
