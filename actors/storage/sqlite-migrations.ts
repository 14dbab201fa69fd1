// The migrations of this version. In the source tree they are files; in a bundle this module is
// replaced by one that holds their texts (scripts/build/embedded-modules.ts).
import { join } from 'node:path'
import { type MigrationSource, migrationDirectory } from './migrate.ts'

export const sqliteMigrations: MigrationSource = migrationDirectory(
  join(import.meta.dirname, '../../migrations/sqlite'),
)
