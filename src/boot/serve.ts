// The running server, from configuration to its last line: each step of the start order in one line
// (spec 06 §7), and the way back.
import { acquireServerLock } from '../../actors/storage/server-lock.ts'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { takeEnvironment } from '../config/environment.ts'
import { completeSecrets } from '../config/generated-secrets.ts'
import { loadConfig } from '../config/load.ts'
import { reloadKeys } from '../flows/keys/reload-keys.ts'
import { createReadinessProbe } from '../flows/operations/health.ts'
import { askOptions, type Services } from '../flows/services.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { openListeners } from './listeners.ts'
import { createServices } from './services.ts'
import { onSignals } from './signals.ts'
import { spawnActors } from './spawn-actors.ts'
import { stopServer } from './stop.ts'
import { tellAboutConfiguration } from './warnings.ts'

/** Exit status when an actor crashes more often than its restart intensity allows. */
const gaveUpStatus = 70

/**
 * Runs the server until it is told to stop; resolves with the exit status. @throws on a failing
 * start.
 */
export async function serve(configPath: string | null): Promise<number> {
  const loaded = loadConfig({ path: configPath, environment: takeEnvironment() })
  const { config } = loaded
  const completed = completeSecrets(loaded, systemRandom())
  const log = createLog({ ...config.observability.logging, write: null })
  tellAboutConfiguration(log, loaded, completed)
  const lock = acquireServerLock(config.storage.sqlite.path)
  const metrics = createMetrics({
    collectActors: () => actors.supervisor.snapshots(),
    countActiveClients: () => countActiveClients(services),
    clock: systemClock,
    log,
  })

  let services: Services | null = null
  const actors = await spawnActors({
    config,
    clock: systemClock,
    log,
    onSignerNotice: (notice) => services?.publishedKeys.publish(notice.published),
    onSignerRestarted: () => {
      if (services !== null) void reloadKeys(services)
    },
    giveUp: () => {
      log.flush()
      process.exit(gaveUpStatus)
    },
  })
  services = createServices({
    loaded: { config, secrets: completed.secrets },
    ...actors,
    log,
    meters: metrics,
  })
  await publishKeys(services)
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
  })
  log.info('ready', {
    issuer: config.server.issuer,
    ports: listeners.map(({ port }) => port).join(','),
  })

  await onSignals({ log, reload: () => reloadKeys(services) })
  await stopServer({ config, log, readiness, listeners, supervisor: actors.supervisor, lock })
  return 0
}

/** Asked at each scrape: gauges tell what is stored, not what this process has seen (B18). */
async function countActiveClients(services: Services | null): Promise<number> {
  if (services === null) return 0
  const options = askOptions(services, null)
  const outcome = await services.storage.ask('countClients', { status: 'active' }, options)
  return outcome.reply.count
}

async function publishKeys(services: Services): Promise<void> {
  const outcome = await services.signer.ask('readKeys', {}, askOptions(services, null))
  services.publishedKeys.publish(outcome.reply)
}
