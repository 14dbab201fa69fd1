// The same use cases without a server: CLI commands run them on the actors in this thread, directly
// on the database and the key directory, also beside a running server (B52).
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import { passwordPoolActor } from '../../actors/password-pool/password-pool-actor.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { AnyChildSpec } from '../../actors/runtime/child.ts'
import type { ActorDefinition } from '../../actors/runtime/define-actor.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import type { Protocol } from '../../actors/runtime/protocol.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import { signerActor } from '../../actors/signer/signer-actor.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { isServerRunning } from '../../actors/storage/server-lock.ts'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { systemClock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import { silentTracer } from '../base/telemetry.ts'
import { takeEnvironment } from '../config/environment.ts'
import { loadConfig } from '../config/load.ts'
import { signerSlice, storageSlice } from '../config/slices.ts'
import { silentMeters } from '../flows/meters.ts'
import { askOptions, type Services } from '../flows/services.ts'
import { createLog } from '../telemetry/log.ts'
import { createServices } from './services.ts'

export interface WithServicesOptions {
  readonly configPath: string | null
  readonly needs: readonly ('storage' | 'signer' | 'passwords')[]
}

/**
 * Runs `work` on the services it needs. @throws ConfigError, and Error when an actor cannot start.
 */
export async function withServices<Result>(
  options: WithServicesOptions,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const loaded = loadConfig({ path: options.configPath, environment: takeEnvironment() })
  const { config } = loaded
  const log = createLog({
    format: config.observability.logging.format,
    level: 'warn',
    addSource: false,
    write: (line) => void process.stderr.write(line),
    sink: null,
  })
  const storage = refOf<StorageProtocol>('storage', storageActor.mailbox.messagesMax)
  const signer = refOf<SignerProtocol>('signer', signerActor.mailbox.messagesMax)
  const passwordPool = refOf<PasswordPoolProtocol>(
    'password-pool',
    passwordPoolActor.mailbox.messagesMax,
  )
  const supervisor = createSupervisor({ clock: systemClock, log, giveUp: () => process.exit(1) })
  const children: AnyChildSpec[] = []
  if (options.needs.includes('storage')) {
    const mayMigrate = !isServerRunning(config.storage.sqlite.path)
    children.push(
      inline(storageActor, { ref: storage, deps: { ...storageSlice(config), mayMigrate } }),
    )
  }
  if (options.needs.includes('signer')) {
    children.push(inline(signerActor, { ref: signer, deps: signerSlice(config) }))
  }
  if (options.needs.includes('passwords')) {
    children.push(inline(passwordPoolActor, { ref: passwordPool, deps: null }))
  }
  try {
    await supervisor.start(children)
    const services = createServices({
      loaded,
      storage,
      signer,
      // No command issues tokens to clients: this one is not started.
      dpopReplay: refOf<DpopReplayProtocol>('dpop-replay', 1),
      passwordPool,
      log,
      meters: silentMeters,
      tracer: silentTracer,
    })
    if (options.needs.includes('signer')) {
      const keys = await signer.ask('readKeys', {}, askOptions(services, null))
      services.publishedKeys.publish(keys.reply)
    }
    return await work(services)
  } finally {
    await supervisor.stop()
  }
}

function refOf<P extends Protocol>(name: string, capacity: number): ConnectedRef<P> {
  return new ConnectedRef<P>({ name, capacity, clock: systemClock })
}

function inline<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  { ref, deps }: { readonly ref: ConnectedRef<P>; readonly deps: Deps },
): AnyChildSpec {
  return {
    name: definition.name,
    instance: 0,
    ref,
    open: inlineTransport(definition, { deps, clock: systemClock, carry: (frame) => frame }),
    restart: 'never',
    intensity: { restartsMax: 0, periodMs: limits.restartPeriodMs },
    startMsMax: limits.actorStartMsMax,
    stopMsMax: limits.actorStopMsMax,
    hangMs: limits.hangMs,
    onNotice: () => undefined,
    onRestarted: () => undefined,
  }
}
