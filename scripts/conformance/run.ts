// `npm run conformance -- --url URL`: holds any deployment against the specifications, over HTTP.
// Exits with 0 when nothing failed, 1 when a check did, 64 when the command is wrong.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Options } from './deployment.ts'
import { checks, type Result, runChecks } from './run-checks.ts'

const usage = `usage: npm run conformance -- --url ISSUER [options]
  --url ISSUER                 the issuer that clients are configured with
  --client-id ID               a client with client_credentials, for tokens, introspection, DPoP
  --client-secret-file PATH    its secret
  --app-id ID                  a public client with authorization_code; registered unless given
  --app-redirect-uri URI       its redirect URI
  --user EMAIL                 a local user who signs in and allows, for codes and refresh tokens
  --password-file PATH         the user's password
  --resource URI               a registered resource that both clients may use
  --scope SCOPE                what to ask for; everything unless given
  --origin ORIGIN              from where a browser would call (default https://inspector.invalid)
  --only ID                    one check; may be repeated
  --timeout SECONDS            for each request (default 10)
  --json                       a report for programs
`

class UsageError extends Error {}

function readOptions(values: ReturnType<typeof parse>): Options {
  const { url } = values
  if (url === undefined || !URL.canParse(url)) throw new UsageError('--url must be a URL')
  const seconds = Number(values.timeout)
  if (!(seconds > 0 && seconds <= 600)) throw new UsageError('--timeout must be up to 600')
  const machine = pair(values, 'client-id', 'client-secret-file')
  const app = pair(values, 'app-id', 'app-redirect-uri')
  const person = pair(values, 'user', 'password-file')
  return {
    url,
    machine: machine && { id: machine[0], secret: readSecret(machine[1]) },
    app: app && { id: app[0], redirectUri: app[1] },
    person: person && { email: person[0], password: readSecret(person[1]) },
    resource: values.resource ?? null,
    scope: values.scope ?? null,
    origin: values.origin,
    timeoutMs: seconds * 1000,
  }
}

function parse() {
  const text = { type: 'string' } as const
  return parseArgs({
    options: {
      url: text,
      'client-id': text,
      'client-secret-file': text,
      'app-id': text,
      'app-redirect-uri': text,
      user: text,
      'password-file': text,
      resource: text,
      scope: text,
      origin: { ...text, default: 'https://inspector.invalid' },
      only: { ...text, multiple: true },
      timeout: { ...text, default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

type Named = 'client-id' | 'client-secret-file' | 'app-id' | 'app-redirect-uri' | 'user'

/** Two options that make sense together only; null = neither is given. */
function pair(
  values: ReturnType<typeof parse>,
  one: Named,
  other: Named | 'password-file',
): readonly [string, string] | null {
  const [first, second] = [values[one], values[other]]
  if (first === undefined && second === undefined) return null
  if (first !== undefined && second !== undefined) return [first, second]
  throw new UsageError(`--${one} and --${other} belong together`)
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new UsageError(`${path} cannot be read`)
  }
}

function chooseChecks(only: readonly string[] | undefined): typeof checks {
  const unknown = only?.find((id) => !checks.some((check) => check.id === id))
  if (unknown !== undefined) throw new UsageError(`there is no check ${unknown}`)
  return only === undefined ? checks : checks.filter(({ id }) => only.includes(id))
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ outcome, id, source, claim, reason }) => {
    const why = reason === '' ? '' : `\n${' '.repeat(10)}${reason}`
    return `${outcome.padEnd(8)}  ${id.padEnd(26)} ${source.padEnd(20)} ${claim}${why}`
  })
  const counts = (['passed', 'failed', 'left out'] as const)
    .map((kind) => `${results.filter(({ outcome }) => outcome === kind).length} ${kind}`)
    .join(', ')
  return `${rows.join('\n')}\n${counts}\n`
}

async function main(): Promise<number> {
  const values = parse()
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const results = await runChecks(readOptions(values), chooseChecks(values.only))
  const failed = results.filter(({ outcome }) => outcome === 'failed').length
  const report = { url: values.url, failed, checks: results }
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(results))
  return failed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
  if (!isUsage) throw error
  process.stderr.write(`${error.message}\n\n${usage}`)
  process.exitCode = 64
}
