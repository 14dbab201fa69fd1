// A started storage actor on a database of its own, driven by hand: reads through their handlers,
// units through the commit group.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import Database from 'better-sqlite3'
import type { ActorContext, GroupAnswer, GroupMessage } from '../../actors/runtime/define-actor.ts'
import type { Outcome } from '../../actors/runtime/protocol.ts'
import type { StorageProtocol, StorageReads, StorageUnits } from '../../actors/storage/protocol.ts'
import { type StorageState, storageActor } from '../../actors/storage/storage-actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { LogFields, LogLevel } from '../../src/base/telemetry.ts'

export type Message = GroupMessage<StorageProtocol>

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

export interface Storage {
  readonly path: string
  readonly state: StorageState
  readonly lines: readonly LogLine[]
  read<K extends keyof StorageReads>(
    kind: K,
    request: StorageProtocol[K]['request'],
  ): Promise<StorageProtocol[K]['reply']>
  /** One unit, committed alone. */
  commit<K extends keyof StorageUnits>(
    kind: K,
    request: StorageProtocol[K]['request'],
  ): Promise<Outcome<StorageProtocol, K>>
  commitGroup(messages: readonly Message[]): Promise<readonly GroupAnswer[]>
  /** Rows as another connection sees them. */
  query(sql: string): readonly Record<string, unknown>[]
  /** Changes the database behind the actor's back. */
  execute(sql: string): void
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'storage-test-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function capturedContext(): { context: ActorContext; lines: LogLine[] } {
  const lines: LogLine[] = []
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields })
    }
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isEnabled: () => true,
  }
  return { context: { name: 'storage', clock: systemClock, log, notify: () => undefined }, lines }
}

export async function startStorage(
  t: TestContext,
  options: { readonly wal: boolean } = { wal: true },
): Promise<Storage> {
  const path = join(temporaryDirectory(t), 'test.db')
  const { context, lines } = capturedContext()
  const slice = { path, wal: options.wal, commitRowsMax: 64, mayMigrate: true }
  const state = await storageActor.start(slice, context)
  t.after(() => storageActor.stop(state))
  return storageOver(state, path, lines)
}

interface ReadOutcome {
  readonly ok: boolean
  readonly reply: unknown
}
type ReadHandler =
  | { readonly each: (state: StorageState, request: unknown) => ReadOutcome }
  | { readonly batch: (state: StorageState, requests: readonly unknown[]) => ReadOutcome[] }

async function readOne(
  handler: ReadHandler,
  state: StorageState,
  request: unknown,
): Promise<ReadOutcome> {
  if ('each' in handler) return handler.each(state, request)
  const [outcome] = handler.batch(state, [request])
  assert.ok(outcome !== undefined)
  return outcome
}

function storageOver(state: StorageState, path: string, lines: readonly LogLine[]): Storage {
  const commitGroup = async (messages: readonly Message[]) => {
    const group = storageActor.groups?.['commit']
    assert.ok(group !== undefined)
    return await group.run(state, messages)
  }
  return {
    path,
    state,
    lines,
    commitGroup,
    read: async (kind, request) => {
      const handler = storageActor.handlers[kind]
      const outcome = await readOne(handler as ReadHandler, state, request)
      assert.ok(outcome.ok)
      return outcome.reply as never
    },
    commit: async (kind, request) => {
      const [answer] = await commitGroup([{ kind, request } as Message])
      assert.ok(answer !== undefined && 'ok' in answer, JSON.stringify(answer))
      return answer as never
    },
    execute: (sql) => {
      const other = new Database(path)
      try {
        other.exec(sql)
      } finally {
        other.close()
      }
    },
    query: (sql) => {
      const other = new Database(path, { readonly: true })
      try {
        return other.prepare<[], Record<string, unknown>>(sql).all()
      } finally {
        other.close()
      }
    },
  }
}
