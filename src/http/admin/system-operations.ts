// How the routes of sign-in, statistics, system and settings are described (spec 05 §2, §4.8).
import { registrationModes } from '../../records/runtime-setting.ts'
import { signingAlgorithms } from '../../records/signing-key.ts'
import {
  closedObject,
  count,
  flag,
  listOf,
  oneOf,
  openObject,
  ref,
  text,
  told,
} from '../openapi/json-schema.ts'
import { type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { changeRefusals, readRefusals } from './refusals.ts'
import { ignoresUnknown, jsonBody } from './request-parts.ts'

const mode = oneOf(registrationModes)
const enabled = closedObject({ enabled: flag }, {})

export const systemSchemas: Readonly<Record<string, JsonSchema>> = {
  SignIn: closedObject({ valid: { const: true }, version: text }, {}),
  Statistics: closedObject(
    {
      clients: count,
      users: count,
      active_tokens_24h: told(count, 'Issued since 00:00 UTC and still alive.'),
      revoked_tokens: told(count, 'Revoked since 00:00 UTC.'),
      connections: told(count, 'Active grants of upstream providers.'),
    },
    {},
  ),
  SystemStatus: closedObject(
    {
      version: text,
      uptime: told(text, 'As 1d 2h 3m 4s.'),
      uptime_secs: count,
      subsystems: listOf(
        closedObject(
          {
            name: oneOf(['storage', 'signing', 'encryption']),
            status: oneOf(['healthy', 'unhealthy', 'unknown', 'not_configured']),
          },
          { driver: text },
        ),
      ),
    },
    {},
  ),
  SystemConfig: closedObject(
    {
      issuer: text,
      storage: closedObject({ driver: text }, {}),
      signing: closedObject({ algorithm: oneOf(signingAlgorithms), key_store: text }, {}),
      encryption: closedObject({ driver: told(text, 'Empty = none.') }, {}),
      dcr: closedObject({ mode: told(mode, 'The mode in effect.') }, {}),
      rate_limit: enabled,
      client_credentials: enabled,
      dpop: closedObject({ enabled: flag, nonce_ttl: text, require_nonce: flag }, {}),
      token_exchange: closedObject({ enabled: flag, max_chain_depth: count }, {}),
      agents: closedObject({ enabled: flag, jwks_listing: flag }, {}),
      oidc: enabled,
      notices: listOf(ref('Notice')),
    },
    {},
  ),
  Notice: closedObject(
    { id: text, severity: oneOf(['info', 'warning', 'error']), title: text, body: text },
    { docs_url: text },
  ),
  RegistrationSetting: closedObject({ mode }, {}),
}

const modeAnswer = jsonAnswer('The mode in effect.', ref('RegistrationSetting'))

export const systemOperations = {
  verify: {
    operationId: 'verifyKey',
    summary: 'Whether the key is right; leaves an audit event',
    tags: ['System'],
    response: { 200: jsonAnswer('It is.', ref('SignIn')), ...changeRefusals() },
  },
  statistics: {
    operationId: 'readStatistics',
    summary: 'Numbers for an overview',
    tags: ['System'],
    response: { 200: jsonAnswer('The numbers.', ref('Statistics')), ...readRefusals() },
  },
  status: {
    operationId: 'readSystemStatus',
    summary: 'Version, uptime and the state of the parts',
    tags: ['System'],
    response: { 200: jsonAnswer('The state.', ref('SystemStatus')), ...readRefusals() },
  },
  config: {
    operationId: 'readSystemConfig',
    summary: 'What is switched on, without anything secret',
    tags: ['System'],
    response: { 200: jsonAnswer('The configuration.', ref('SystemConfig')), ...readRefusals() },
  },
  readMode: {
    operationId: 'readRegistrationMode',
    summary: 'Who may register clients',
    tags: ['Settings'],
    response: { 200: modeAnswer, ...readRefusals() },
  },
  changeMode: {
    operationId: 'changeRegistrationMode',
    summary: 'Change who may register clients, at once and past restarts',
    tags: ['Settings'],
    body: jsonBody(openObject({ mode }, {}), ignoresUnknown),
    response: { 200: modeAnswer, ...changeRefusals() },
  },
} as const satisfies Record<string, Operation>
