// The running server, from configuration to its last line: each step of the start order in one line
// (spec 06 §7), and the way back.
import { acquireServerLock } from '../../actors/storage/server-lock.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { takeEnvironment } from '../config/environment.ts'
import { completeSecrets } from '../config/generated-secrets.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import { reloadKeys } from '../flows/keys/reload-keys.ts'
import { createReadinessProbe } from '../flows/operations/health.ts'
import { seedResources } from '../flows/operations/seed-resources.ts'
import { askOptions, type Services } from '../flows/services.ts'
import { checkFeatures } from './feature-check.ts'
import { openListeners } from './listeners.ts'
import { createServices, observed } from './services.ts'
import { onSignals } from './signals.ts'
import { type SpawnedActors, spawnActors } from './spawn-actors.ts'
import { stopServer } from './stop.ts'
import { openTelemetry, type Telemetry } from './telemetry.ts'
import { afterFailpoints, openTestFaults, type TestFaults } from './test-faults.ts'
import { tellAboutConfiguration, warnAboutRegistration } from './warnings.ts'

/** Exit status when an actor crashes more often than its restart intensity allows. */
const gaveUpStatus = 70

/** What exists so far: metrics and actors come before the services that they tell about. */
interface Stage {
  actors: SpawnedActors | null
  services: Services | null
}

/**
 * Runs the server until it is told to stop; resolves with the exit status. @throws on a failing
 * start.
 */
export async function serve(configPath: string | null): Promise<number> {
  const loaded = loadConfig({ path: configPath, environment: takeEnvironment() })
  const { config } = loaded
  const completed = completeSecrets(loaded, systemRandom())
  const stage: Stage = { actors: null, services: null }
  const telemetry = await openTelemetry(config, {
    collectActors: async () => (await stage.actors?.supervisor.snapshots()) ?? [],
    countActive: () => countActive(stage.services),
  })
  const { log, metrics } = telemetry
  tellAboutConfiguration(log, loaded, completed)
  checkFeatures(log, { config, secrets: completed.secrets, seeds: loaded.resourceSeeds })
  const lock = acquireServerLock(config.storage.sqlite.path)

  const faults = openTestFaults(log, config)
  const { secrets } = completed
  const actors = await startActors({ config, secrets, telemetry, stage, faults })
  const services = createServices({
    loaded: { config, secrets: completed.secrets },
    ...afterFailpoints(observed(actors, telemetry), faults),
    log,
    meters: metrics,
    tracer: telemetry.tracing.tracer,
  })
  stage.services = services
  await publishKeys(services)
  await seedResources(services, loaded.resourceSeeds)
  await warnAboutRegistration(services, config)
  const readiness = createReadinessProbe({
    storage: actors.storage,
    clock: systemClock,
    isHealthy: actors.supervisor.isHealthy,
  })
  const listeners = await openListeners({
    config,
    secrets: completed.secrets,
    services,
    readiness,
    log,
    metrics,
    injectFault: faults?.inject ?? null,
  })
  log.info('ready', {
    issuer: config.server.issuer,
    ports: listeners.map(({ port }) => port).join(','),
  })

  await onSignals({ log, reload: () => reloadKeys(services) })
  const { supervisor } = actors
  await stopServer({ config, telemetry, readiness, listeners, supervisor, lock })
  return 0
}

interface ActorParts {
  readonly config: Config
  readonly secrets: Secrets
  readonly telemetry: Telemetry
  readonly stage: Stage
  readonly faults: TestFaults | null
}

async function startActors({
  config,
  secrets,
  telemetry,
  stage,
  faults,
}: ActorParts): Promise<SpawnedActors> {
  const { log } = telemetry
  stage.actors = await spawnActors({
    config,
    secrets,
    clock: systemClock,
    log,
    faults: faults?.boards ?? null,
    onSignerNotice: (notice) => stage.services?.publishedKeys.publish(notice.published),
    onSignerRestarted: () => {
      if (stage.services !== null) void reloadKeys(stage.services)
    },
    giveUp: () => {
      log.flush()
      process.exit(gaveUpStatus)
    },
  })
  return stage.actors
}

/** Asked at each scrape: gauges tell what is stored, not what this process has seen (B18). */
async function countActive(
  services: Services | null,
): Promise<{ readonly clients: number; readonly tokenFamilies: number }> {
  if (services === null) return { clients: 0, tokenFamilies: 0 }
  const outcome = await services.storage.ask('countActive', {}, askOptions(services, null))
  return outcome.reply
}

async function publishKeys(services: Services): Promise<void> {
  const outcome = await services.signer.ask('readKeys', {}, askOptions(services, null))
  services.publishedKeys.publish(outcome.reply)
}
