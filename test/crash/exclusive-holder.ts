// Child process of database-lock.test.ts: keeps every other writer away from a database for some
// milliseconds, as a backup tool or a shell that somebody left open does.
import Database from 'better-sqlite3'

const [path = '', holdMs = ''] = process.argv.slice(2)
const database = new Database(path)
database.exec('BEGIN EXCLUSIVE')
console.log('locked')
setTimeout(() => {
  database.exec('ROLLBACK')
  console.log('released')
  database.close()
}, Number(holdMs))
