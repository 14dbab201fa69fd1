// Asks a server under test for a fault, as a test outside it does
// (docs/internals/fault-injection.md).
import assert from 'node:assert/strict'
import type { RunningServer } from './start-server.ts'

export const faultPath = '/admin/test/faults'

/** Lets a server on localhost take faults. */
export const takesFaults = { AUTHPLANE_TEST_FAULTS: '1' }

/** Asks with this key, whatever comes of it. */
export function postFault(server: RunningServer, fault: unknown, key: string): Promise<Response> {
  return fetch(server.adminUrl + faultPath, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(fault),
  })
}

/** Asks for a fault; fails unless it is accepted. */
export async function injectFault(server: RunningServer, fault: unknown): Promise<void> {
  const response = await postFault(server, fault, server.adminKey())
  assert.equal(response.status, 204, await response.text())
}
