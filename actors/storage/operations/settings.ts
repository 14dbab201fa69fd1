// Runtime settings (spec 07 §3.5): read whenever they are used, never cached (B33).
import type { RuntimeSettingKey } from '../../../src/records/runtime-setting.ts'
import { instantText } from '../dialect.ts'
import { change, type Operation, one, sql, text } from '../sql.ts'

/** The stored value of a setting, or null. */
export function readSetting(key: RuntimeSettingKey): Operation<string | null> {
  return one(sql`SELECT value FROM runtime_settings WHERE key = ${key}`, (row) =>
    text(row, 'value'),
  )
}

/** Stores the value of a setting. */
export function* writeSetting(setting: {
  readonly key: RuntimeSettingKey
  readonly value: string
  readonly nowMs: number
}): Operation<void> {
  const updatedAt = instantText(setting.nowMs)
  yield* change(sql`
    INSERT INTO runtime_settings (key, value, updated_at)
    VALUES (${setting.key}, ${setting.value}, ${updatedAt})
    ON CONFLICT (key) DO UPDATE SET value = ${setting.value}, updated_at = ${updatedAt}`)
}
