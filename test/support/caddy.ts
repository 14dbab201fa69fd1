// Caddy as an operator runs it, with the file that we ship: a process of its own, with an authority
// for certificates of its own.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './debian-program.ts'
import { endChild } from './server-child.ts'
import { type SiteAnswer, type SiteRequest, sendToSite } from './tls-site.ts'

export interface CaddyOptions {
  /** Where it listens for https and for http. */
  readonly ports: readonly [https: number, http: number]
  /** Public listener of the server. */
  readonly upstreamPort: number
}

export interface Caddy {
  /** Sends a request to the site. */
  send(request: SiteRequest): Promise<SiteAnswer>
  stop(): Promise<void>
}

/** Starts Caddy and waits until it has its certificate. @throws Error when it is not installed. */
export async function startCaddy(options: CaddyOptions): Promise<Caddy> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-caddy-'))
  const discard = (): void => rmSync(directory, { recursive: true, force: true })
  const config = join(directory, 'Caddyfile')
  writeFileSync(config, siteFile(options))
  try {
    const { child, logContains } = await startProgram(
      'caddy',
      ['run', '--adapter', 'caddyfile', '--config', config],
      { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    )
    await logContains('added certificate to cache')
    const authority = readFileSync(join(directory, 'caddy/pki/authorities/local/root.crt'))
    return {
      send: (sent) => sendToSite(sent, { port: options.ports[0], authority }),
      stop: async () => {
        await endChild(child, 'SIGTERM')
        discard()
      },
    }
  } catch (error) {
    discard()
    throw error
  }
}

/** The shipped file, with what a machine without a public name and with other services needs. */
function siteFile({ ports, upstreamPort }: CaddyOptions): string {
  const shipped = readFileSync(join(import.meta.dirname, '../../deploy/Caddyfile'), 'utf8')
  const [https, http] = ports
  const extra = [
    // What tells that the certificate is in use is logged at this level only.
    'debug',
    ...['local_certs', 'skip_install_trust', 'default_bind 127.0.0.1'],
    ...[`https_port ${https}`, `http_port ${http}`],
  ]
  return [
    [/^\{$/m, ['{', ...extra].join('\n\t')],
    [/127\.0\.0\.1:9000\b/, `127.0.0.1:${upstreamPort}`],
  ].reduce((text, [pattern, replacement]) => {
    const replaced = text.replace(pattern as RegExp, replacement as string)
    assert.notEqual(replaced, text, `deploy/Caddyfile matches ${pattern}`)
    return replaced
  }, shipped)
}
