// How the routes of the audit log are described (spec 05 §4.8, §5, B42).

import { limits } from '../../base/limits.ts'
import { auditFormats } from '../../flows/admin/audit-text.ts'
import {
  closedObject,
  instant,
  listOf,
  oneOf,
  queryParameters,
  ref,
  text,
  told,
} from '../openapi/json-schema.ts'
import { type JsonSchema, jsonAnswer, type Operation } from '../openapi/operation.ts'
import { csvMediaType, ndjsonMediaType } from './audit-export.ts'
import { readRefusals } from './refusals.ts'

export const auditSchemas: Readonly<Record<string, JsonSchema>> = {
  AuditEvent: closedObject(
    {
      id: told(text, 'A UUIDv7.'),
      action: told(text, 'One of the audit actions in the reference.'),
      actor_id: told(text, 'A user or client id, admin, cli, system, or empty.'),
      client_id: text,
      ip: text,
      detail: told(text, 'Pairs of key=value, separated by spaces.'),
      trace_id: text,
      created_at: instant,
    },
    {},
  ),
}

const filters = {
  action: text,
  actor_id: text,
  client_id: text,
  trace_id: text,
  since: told(instant, 'Inclusive; admin.audit_default_lookback ago when absent.'),
  until: told(instant, 'Exclusive; now when absent.'),
}

const tags = ['Audit']

export const auditOperations = {
  list: {
    operationId: 'listAuditEvents',
    summary: 'Audit events, newest first',
    tags,
    querystring: queryParameters({
      ...filters,
      limit: {
        type: 'integer',
        maximum: limits.auditRowsMax,
        default: 50,
        description: '0 and less stand for the default.',
      },
      offset: {
        type: 'integer',
        maximum: limits.auditOffsetMax,
        default: 0,
        description: 'Less than 0 stands for 0.',
      },
    }),
    response: {
      200: jsonAnswer('A page of events.', listOf(ref('AuditEvent'))),
      ...readRefusals(),
    },
  },
  export: {
    operationId: 'exportAuditEvents',
    summary: 'All audit events of a window, newest first, as a file',
    description:
      'Streamed. An export that ends without the last chunk of its transfer coding is not ' +
      'complete. In CSV, a cell that a spreadsheet would take for a formula (it begins with =, ' +
      '+, -, @, a tab or a carriage return) has an apostrophe in front.',
    tags,
    querystring: queryParameters({
      ...filters,
      format: { ...oneOf(auditFormats), default: auditFormats[0] },
    }),
    response: {
      200: {
        description: 'One event per line.',
        headers: { 'Content-Disposition': text },
        content: {
          [ndjsonMediaType]: { schema: told(text, 'Each line is an AuditEvent.') },
          [csvMediaType]: { schema: told(text, 'As of RFC 4180, with a line of names first.') },
        },
      },
      ...readRefusals(),
    },
  },
} as const satisfies Record<string, Operation>
