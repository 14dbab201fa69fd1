// The peer: node-oidc-provider, a widely used OAuth server for Node, in a process of its own.
import { join } from 'node:path'
import { findFreePort, startServer } from './child-server.ts'
import type { TokenServer } from './measure.ts'

const program = join(import.meta.dirname, 'oidc-provider-server.ts')

/** Where the peer keeps its clients. */
export type ClientHome = 'adapter' | 'static'

/** Starts the peer with the population in the JSON file at `populationPath`. */
export async function startOidcProvider(
  populationPath: string,
  clientHome: ClientHome,
): Promise<TokenServer> {
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const child = await startServer({
    args: [program, String(port), populationPath, clientHome],
    readyUrl: `${origin}/.well-known/openid-configuration`,
    environment: {},
  })
  return { ...child, tokenUrl: `${origin}/token` }
}
