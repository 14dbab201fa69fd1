// Routes of sign-in, statistics, system and settings (spec 05 §2, §4.8).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { changeRegistrationMode } from '../../flows/admin/registration-mode.ts'
import { recordSignIn } from '../../flows/admin/sign-in.ts'
import { readStatistics } from '../../flows/admin/statistics.ts'
import { readSystemConfig, readSystemStatus } from '../../flows/admin/system.ts'
import { statisticsView, systemConfigView, systemStatusView } from '../../flows/admin/views.ts'
import { readRegistrationMode } from '../../flows/registration/registration-mode.ts'
import type { Services } from '../../flows/services.ts'
import { documentReader } from '../../oauth/json-document.ts'
import { traceOf } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import { operatorOf, readJsonObject } from './admin-request.ts'
import { sendJson } from './answer.ts'
import { systemOperations } from './system-operations.ts'

/** Adds the routes. */
export function addSystemRoutes(server: FastifyInstance, services: Services): void {
  const { verify, statistics, status, config } = systemOperations
  server.post('/admin/auth/verify', describedBy(verify), async (request, reply) => {
    await recordSignIn(services, operatorOf(request))
    return sendJson(reply, 200, { valid: true, version: services.settings.system.version })
  })
  server.get('/admin/stats', describedBy(statistics), async (request, reply) =>
    sendJson(reply, 200, statisticsView(await readStatistics(services, operatorOf(request)))),
  )
  server.get('/admin/system/status', describedBy(status), async (request, reply) =>
    sendJson(reply, 200, systemStatusView(await readSystemStatus(services, operatorOf(request)))),
  )
  server.get('/admin/system/config', describedBy(config), async (request, reply) =>
    sendJson(reply, 200, systemConfigView(await readSystemConfig(services, operatorOf(request)))),
  )
  addSettingRoutes(server, services)
}

function addSettingRoutes(server: FastifyInstance, services: Services): void {
  const { readMode, changeMode } = systemOperations
  server.get('/admin/settings/dcr', describedBy(readMode), async (request, reply) =>
    sendJson(reply, 200, { mode: await readRegistrationMode(services, traceOf(request)) }),
  )
  server.patch('/admin/settings/dcr', describedBy(changeMode), async (request, reply) => {
    const mode = await changeRegistrationMode(services, operatorOf(request), readText(request))
    return sendJson(reply, 200, { mode })
  })
}

function readText(request: FastifyRequest): string {
  const reader = documentReader(readJsonObject(request), '')
  const mode = reader.text('mode')
  if (mode !== null) return mode
  throw new AdminError('invalid', reader.problems[0] ?? 'mode is required')
}
