// Process entry: arguments to the command table, nothing else.
import './boot/process-setup.ts'
import { serve } from './boot/serve.ts'
import { withServices } from './boot/with-services.ts'
import { runCli } from './cli/index.ts'

process.exit(await runCli(process.argv.slice(2), { serve, withServices }))
