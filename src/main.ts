#!/usr/bin/env node
// Process entry: arguments to the command table, nothing else. The server and the actors that
// commands run are loaded by whoever needs them: a command starts without HTTP, and the server's
// own thread never holds the code of an actor that lives in another one.
import './boot/process-setup.ts'
import { runCli } from './cli/index.ts'

process.exit(
  await runCli(process.argv.slice(2), {
    serve: async (configPath) => (await import('./boot/serve.ts')).serve(configPath),
    withServices: async (options, work) =>
      (await import('./boot/with-services.ts')).withServices(options, work),
    checkConfig: async (configPath) =>
      (await import('./boot/check-config.ts')).checkConfiguration(configPath),
  }),
)
