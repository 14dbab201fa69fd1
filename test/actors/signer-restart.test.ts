// A signer that ends in the middle of a key rotation, with its thread or its process, while the
// process that started it lives on (B52): the one that is started in its place can rotate at once.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { OpenTransport, Transport } from '../../actors/runtime/frames.ts'
import type { AskOptions } from '../../actors/runtime/protocol.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import type { SignerProtocol, SignerSlice } from '../../actors/signer/protocol.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import { signerProcess } from '../../src/boot/signer-process.ts'
import { workerEntry } from '../../src/boot/worker-entry.ts'
import { issuer, replyOf, tempDirectory } from './signer-harness.ts'

const rotation = { algorithm: 'ES256', force: false } as const

/** The two ways to run a signer; which of them is what `actors.signer.isolation` chooses. */
const placements: Readonly<Record<string, (slice: SignerSlice) => OpenTransport>> = {
  worker: (workerData) =>
    workerTransport({
      name: 'signer',
      entry: workerEntry('signer'),
      workerData,
      environment: {},
      memory: { oldSpaceMb: 64, youngSpaceMb: 8 },
    }),
  process: signerProcess,
}

interface SupervisedSigner {
  readonly signer: ConnectedRef<SignerProtocol>
  /** Ends the signer from outside and resolves when another one is ready. */
  end(): Promise<void>
}

async function startSupervised(
  t: TestContext,
  open: (slice: SignerSlice) => OpenTransport,
  keyPath: string,
): Promise<SupervisedSigner> {
  const signer = new ConnectedRef<SignerProtocol>({
    name: 'signer',
    capacity: 8,
    clock: systemClock,
  })
  let transport: Transport | null = null
  let onRestarted = (): void => undefined
  const giveUp = (): void => assert.fail('the signer ends again and again')
  const supervisor = createSupervisor({ clock: systemClock, log: silentLog, giveUp })
  const opening = open({
    issuer,
    keyPath,
    algorithm: 'ES256',
    tokenLifeSecondsMax: 3600,
    rotationGapMs: 0,
  })
  await supervisor.start([
    {
      name: 'signer',
      instance: 0,
      ref: signer,
      open: (listener) => {
        transport = opening(listener)
        return transport
      },
      restart: 'permanent',
      intensity: { restartsMax: 2, periodMs: 10_000 },
      startMsMax: 30_000,
      stopMsMax: 5000,
      hangMs: 30_000,
      onNotice: () => undefined,
      onRestarted: () => onRestarted(),
    },
  ])
  t.after(() => supervisor.stop())
  return {
    signer,
    end: async () => {
      const restarted = new Promise<void>((resolve) => {
        onRestarted = resolve
      })
      await transport?.kill()
      await restarted
    },
  }
}

function soon(): AskOptions {
  return { deadlineMs: systemClock.monotonicMs() + 10_000, trace: null }
}

for (const [placement, open] of Object.entries(placements)) {
  describe(`a signer in a ${placement} that ends in the middle of a rotation`, () => {
    test('leaves its lock, and the next one rotates at once', async (t) => {
      const keyPath = tempDirectory(t)
      const { signer, end } = await startSupervised(t, open, keyPath)
      const left = replyOf(await signer.ask('prepareKey', rotation, soon()))
      await end()
      assert.ok(existsSync(join(keyPath, 'rotation.lock')))

      const { key } = replyOf(await signer.ask('prepareKey', rotation, soon()))

      assert.notEqual(key.kid, left.key.kid)
      const published = replyOf(await signer.ask('activateKey', { kid: key.kid }, soon()))
      assert.equal(published.current.kid, key.kid)
      assert.ok(!existsSync(join(keyPath, 'rotation.lock')))
    })

    test('leaves a prepared key that the next one can activate', async (t) => {
      const { signer, end } = await startSupervised(t, open, tempDirectory(t))
      const { key } = replyOf(await signer.ask('prepareKey', rotation, soon()))
      await end()

      const published = replyOf(await signer.ask('activateKey', { kid: key.kid }, soon()))

      assert.equal(published.current.kid, key.kid)
    })
  })
}
