// The largest message of the hot path, as the token endpoint sends it to storage.
import type { StorageProtocol } from '../../actors/storage/protocol.ts'

export type IssuanceMessage = StorageProtocol['commitMachineIssuance']['request']

const jti = '019aa0e5-5c1a-7b3f-9d2e-2f6b8c41d9a7'
const clientId = 'Qm9vdHN0cmFwLWNsaWVudA'
const issuedAtMs = 1_763_676_000_000

/**
 * A message of objects of its own. One object in several places of a frame would be cloned once and
 * then only referred to, which makes a frame look four times cheaper than it is.
 */
export function createIssuanceMessage(): IssuanceMessage {
  return {
    token: {
      jti,
      clientId,
      resourceId: 'UmVzb3VyY2UtaWQtMTIzNA',
      scopes: ['tools:call', 'tools:read'],
      issuedAtMs,
      expiresAtMs: issuedAtMs + 3_600_000,
      isAgent: false,
      dpopJkt: null,
    },
    proof: null,
    caller: { ip: '127.0.0.1', traceId: null },
    nowMs: issuedAtMs,
  }
}
