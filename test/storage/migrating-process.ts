// Child process of migrate.test.ts: migrates the database named on the command line and prints how
// many migrations it applied itself.
import { migrate } from '../../actors/storage/migrate.ts'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { silentLog } from '../../src/base/telemetry.ts'

let applied = 0
const log = {
  ...silentLog,
  info: () => {
    applied += 1
  },
}
const connection = openSqlite({ path: process.argv[2] ?? '', wal: true })
migrate(connection, { source: sqliteMigrations, log, nowMs: () => 0 })
connection.close()
console.log(applied)
