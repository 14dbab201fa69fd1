// nginx as an operator runs it, with the file that we ship and a certificate made for the test.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from './debian-program.ts'
import { endChild } from './server-child.ts'
import { type SiteAnswer, type SiteRequest, sendToSite, siteName } from './tls-site.ts'

export interface NginxOptions {
  /** Where it listens for https and for http. */
  readonly ports: readonly [https: number, http: number]
  /** Public listener of the server. */
  readonly upstreamPort: number
}

export interface Nginx {
  /** Sends a request to the site. */
  send(request: SiteRequest): Promise<SiteAnswer>
  stop(): Promise<void>
}

/** Starts nginx and waits until it listens. @throws Error when it is not installed. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-nginx-'))
  const discard = (): void => rmSync(directory, { recursive: true, force: true })
  try {
    const certificate = makeCertificate(directory)
    const config = join(directory, 'nginx.conf')
    writeFileSync(config, mainFile(directory, siteFile(directory, options)))
    const { child, logContains } = await startProgram(
      'nginx',
      ['-p', directory, '-e', 'stderr', '-c', config],
      {},
    )
    // Said once the sockets are bound.
    await logContains('getrlimit')
    return {
      send: (sent) => sendToSite(sent, { port: options.ports[0], authority: certificate }),
      stop: async () => {
        await endChild(child, 'SIGQUIT')
        discard()
      },
    }
  } catch (error) {
    discard()
    throw error
  }
}

function makeCertificate(directory: string): Buffer {
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/CN=${siteName}`, '-addext', `subjectAltName=DNS:${siteName}`, '-days', '1'],
      ...['-keyout', join(directory, 'privkey.pem'), '-out', join(directory, 'fullchain.pem')],
    ],
    { encoding: 'utf8' },
  )
  assert.equal(made.status, 0, made.stderr)
  return readFileSync(join(directory, 'fullchain.pem'))
}

/** The shipped file on other ports, on one address and with the certificate of the test. */
function siteFile(directory: string, { ports, upstreamPort }: NginxOptions): string {
  const shipped = readFileSync(join(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8')
  const [https, http] = ports
  const replacements: readonly (readonly [RegExp, string])[] = [
    [/^ *listen \[::\].*\n/gm, ''],
    [/listen 80;/, `listen 127.0.0.1:${http};`],
    [/listen 443 /, `listen 127.0.0.1:${https} `],
    [/127\.0\.0\.1:9000\b/, `127.0.0.1:${upstreamPort}`],
    [/\/etc\/letsencrypt\/live\/auth\.example\.com/g, directory],
  ]
  return replacements.reduce((text, [pattern, replacement]) => {
    assert.match(text, pattern)
    return text.replace(pattern, replacement)
  }, shipped)
}

/** What the distribution's own configuration gives around a site, for one process and no root. */
function mainFile(directory: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  return [
    'daemon off;',
    'master_process off;',
    `pid ${directory}/pid;`,
    'error_log stderr notice;',
    'events {}',
    ...['http {', 'access_log off;', ...temporary, site, '}'],
    '',
  ].join('\n')
}
