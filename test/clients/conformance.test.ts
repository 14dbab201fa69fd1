// The MCP project's own suite for authorization servers, run as its users run it; what it prints is
// walked by the test's browser.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { seedClient } from '../support/seed.ts'
import { captureLog, endedChild } from '../support/server-child.ts'
import { freePorts } from '../support/start-server.ts'
import { openScene, type Scene } from './scene.ts'

const program = join(import.meta.dirname, '../../node_modules/.bin/conformance')

describe('the conformance suite of MCP', () => {
  let scene: Scene
  let port: number

  before(async () => {
    ;[port] = await freePorts()
    scene = await openScene({
      environment: {},
      seed: (services) =>
        seedClient(services, 'suite', {
          secretHash: '',
          redirectUris: [`http://127.0.0.1:${port}/callback`],
          grantTypes: ['authorization_code', 'refresh_token'],
          responseTypes: ['code'],
          tokenEndpointAuthMethod: 'none',
          scope: 'notes:read',
        }),
    })
  })
  after(() => scene.stop())

  function start(...args: readonly string[]) {
    const child = spawn(
      process.execPath,
      [program, 'authorization', '--url', scene.server.issuer, ...args],
      { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    return { child, ...captureLog(child) }
  }

  test('passes both of its scenarios', async () => {
    const { child, log, logContains } = start(
      ...['--client-id', 'suite', '--resource', scene.resource, '-p', String(port)],
    )
    const ended = endedChild(child)
    const authorize = `${scene.server.issuer}/oauth/authorize?`
    await logContains(authorize)
    const line = log()
      .split('\n')
      .find((text) => text.includes(authorize))
    await fetch(await scene.authorize(line?.trim() ?? ''))

    assert.equal(await ended, 0, log())
    assert.match(log(), /authorization-server-metadata-endpoint/)
    assert.match(log(), /authorization-code-grant/)
    assert.doesNotMatch(log(), /[1-9]\d* (?:failed|warnings)/)
  })
})
