// What a test of real clients plays in: the real server, the example of an MCP server as a process
// of its own, a user with a password, and a browser that can walk from an authorize request to the
// client's callback.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Services } from '../../src/flows/services.ts'
import { openBrowser } from '../support/browser.ts'
import { type Account, walkToClient } from '../support/browser-walk.ts'
import { scopesOf, seedResource } from '../support/seed.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'
import { captureLog, endChild } from '../support/server-child.ts'
import { freePorts, type RunningServer, startServer } from '../support/start-server.ts'

const exampleEntry = join(import.meta.dirname, '../../examples/mcp-server/server.ts')

export interface SceneOptions {
  /** `AUTHPLANE_…` variables of the authorization server. */
  readonly environment: Readonly<Record<string, string>>
  /** Writes more to the database before the server opens it. */
  readonly seed: (services: Services) => Promise<void>
}

/**
 * Walks an authorize URL in a new browser, signing in and allowing all that is ticked, and returns
 * where the browser is sent at the end; nobody is called there.
 */
export type Authorize = (url: string | URL) => Promise<string>

export interface Scene {
  readonly server: RunningServer
  /** URL of the MCP server, which is its resource identifier too. */
  readonly resource: string
  readonly authorize: Authorize
  stop(): Promise<void>
}

/** Starts both servers; the resource `notes` and the user `ada` exist. */
export async function openScene({ environment, seed }: SceneOptions): Promise<Scene> {
  const [port] = await freePorts()
  const resource = `http://127.0.0.1:${port}/mcp`
  const server = await startServer({
    environment,
    seed: async (services) => {
      const scopes = scopesOf('notes:read', 'notes:write')
      await seedResource(services, 'notes', { uri: resource, displayName: 'Notes', scopes })
      await seedUser(services, 'ada', {})
      await seed(services)
    },
  })
  const account = { email: 'ada@example.test', password: passwordOf('ada') }
  const example = await startExample(server.issuer, resource).catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  return {
    server,
    resource,
    authorize: walkAs(server, account),
    stop: async () => {
      await example.stop()
      await server.stop()
    },
  }
}

export interface RunningExample {
  stop(): Promise<void>
}

/** The walk of the owner of `account`. */
export function walkAs(server: RunningServer, account: Account): Authorize {
  return async (url) => {
    const { origin, host, pathname, search } = new URL(url)
    assert.equal(origin, server.baseUrl, 'the client goes to the authorization server')
    const browser = openBrowser(server.port, { Host: host })
    return (await walkToClient(browser, pathname + search, account)).location
  }
}

/** Starts the example for `resource`, on the port in its URL and 127.0.0.1. */
export async function startExample(issuer: string, resource: string): Promise<RunningExample> {
  const child = spawn(process.execPath, [exampleEntry], {
    env: {
      PATH: process.env['PATH'],
      AUTHPLANE_ISSUER: issuer,
      AUTHPLANE_RESOURCE: resource,
      HOST: '127.0.0.1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await captureLog(child).logContains(resource)
  return {
    stop: async () => {
      await endChild(child, 'SIGTERM')
    },
  }
}
