// Who asks for tokens in a benchmark, and for which resources. Every server gets the same
// population.
import { writeFileSync } from 'node:fs'
import { systemRandom } from '../../src/base/random.ts'

export interface Population {
  readonly clients: readonly { readonly id: string; readonly secret: string }[]
  readonly resources: readonly { readonly id: string; readonly uri: string }[]
}

/** What every client may ask for and every resource declares. */
export const scopeNames = ['tools:call', 'tools:read'] as const

/** A population with random ids and secrets. */
export function createPopulation(size: {
  readonly clients: number
  readonly resources: number
}): Population {
  const random = systemRandom()
  return {
    clients: Array.from({ length: size.clients }, () => ({
      id: random.opaqueId(),
      secret: random.secret(),
    })),
    resources: Array.from({ length: size.resources }, (_, number) => ({
      id: random.opaqueId(),
      uri: `https://mcp-${number}.example.com/v1`,
    })),
  }
}

/** The token request of the client at `index`; clients spread evenly over the resources. */
export function tokenRequestOf(population: Population, index: number): string {
  const client = population.clients[index % population.clients.length]
  const resource = population.resources[index % population.resources.length]
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client?.id ?? '',
    client_secret: client?.secret ?? '',
    resource: resource?.uri ?? '',
    scope: scopeNames.join(' '),
  }).toString()
}

/** Writes the token request of every client, one per line, for the load generator. */
export function writeTokenRequests(population: Population, path: string): void {
  const requests = population.clients.map((_, index) => tokenRequestOf(population, index))
  writeFileSync(path, `${requests.join('\n')}\n`, { mode: 0o600 })
}
