// docs/reference/public-api.md and admin-api.md: the routes of both listeners, from the OpenAPI
// documents that the listeners serve.
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog, silentTracer } from '../../src/base/telemetry.ts'
import { createServices } from '../../src/boot/services.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentMeters } from '../../src/flows/meters.ts'
import type { Services } from '../../src/flows/services.ts'
import { describeApis } from '../../src/http/describe-apis.ts'
import { fillPage } from './markdown.ts'
import { type ApiDocument, contentsOf, operationsOf, schemasOf } from './openapi-text.ts'
import type { Page } from './page.ts'

export const publicApiPage: Page = {
  path: 'docs/reference/public-api.md',
  render: async () => renderApi('public-api', (await describeApis(makeServices())).public),
}

export const adminApiPage: Page = {
  path: 'docs/reference/admin-api.md',
  render: async () => renderApi('admin-api', (await describeApis(makeServices())).admin),
}

function renderApi(name: string, described: unknown): string {
  // As it is served: a member that is undefined is no member.
  const document = JSON.parse(JSON.stringify(described)) as ApiDocument
  return fillPage(name, {
    contents: contentsOf(document),
    operations: operationsOf(document),
    schemas: schemasOf(document),
  })
}

/** Of the default configuration; the actors behind the references do not run. */
function makeServices(): Services {
  return createServices({
    loaded: loadConfig({ path: null, environment: {} }),
    storage: new ConnectedRef<StorageProtocol>({
      name: 'storage',
      capacity: 1,
      clock: systemClock,
    }),
    signer: new ConnectedRef<SignerProtocol>({ name: 'signer', capacity: 1, clock: systemClock }),
    dpopReplay: new ConnectedRef<DpopReplayProtocol>({
      name: 'dpop-replay',
      capacity: 1,
      clock: systemClock,
    }),
    passwordPool: new ConnectedRef<PasswordPoolProtocol>({
      name: 'password-pool',
      capacity: 1,
      clock: systemClock,
    }),
    log: silentLog,
    tracer: silentTracer,
    meters: silentMeters,
  })
}
