// What must be true of the process before anything else runs. Imported first by main.ts.

process.title = 'authserver'

/** Files we make are ours alone: database, keys, generated secrets (LK-09). */
process.umask(0o077)

/** Node opens a debugger on this signal unless somebody handles it (LK-05). */
process.on('SIGUSR1', () => undefined)

/** A reload asked for before the server can do one must not end it; its keys are fresh anyway. */
process.on('SIGHUP', () => undefined)
