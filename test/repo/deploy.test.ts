// What operators install (deploy/, docs/operate) fits the program, the tools of the distribution
// and each other. How it works when it runs is tested end to end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { limits } from '../../src/base/limits.ts'
import { secretVariables } from '../../src/config/environment.ts'
import { ConfigError } from '../../src/config/findings.ts'
import { loadConfig } from '../../src/config/load.ts'
import { repositoryFiles, repositoryRoot } from './repository-files.ts'

const readText = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8')

let directory: string

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'authserver-deploy-'))
})
after(() => rmSync(directory, { recursive: true, force: true }))

/** Runs a program of the distribution; its output, both streams. */
function run(name: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(name, args, { encoding: 'utf8' })
  assert.equal(error, undefined, `${name} is not installed: ${error?.message}`)
  assert.equal(status, 0, `${name} ${args.join(' ')}: ${stdout}${stderr}`)
  return `${stdout}${stderr}`
}

describe('authserver.service', () => {
  const unit = readText('deploy/authserver.service')
  const settings = unit
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]\w*=/.test(line))
  const valuesOf = (name: string): readonly string[] =>
    settings
      .filter((line) => line.startsWith(`${name}=`))
      .map((line) => line.slice(name.length + 1))

  test('is accepted by systemd, which finds nothing to say', () => {
    const path = join(directory, 'authserver.service')
    writeFileSync(path, unit.replaceAll('/opt/authserver/bin/node', process.execPath))

    assert.equal(run('systemd-analyze', 'verify', path), '')
  })

  test('leaves the process little to harm the machine with', () => {
    const path = join(repositoryRoot, 'deploy/authserver.service')
    const verdict = run('systemd-analyze', 'security', '--offline=true', '--threshold=15', path)

    assert.match(verdict, /exposure level for authserver\.service: [01]\.\d OK/)
  })

  test('starts the server with the flags of npm start', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: { start: string } }
    const flags = /node (--\S.*?) src\/main\.ts serve/.exec(scripts.start)?.[1]

    assert.ok(flags !== undefined)
    const [command, ...others] = valuesOf('ExecStart')
    assert.ok(
      command?.startsWith(`/opt/authserver/bin/node ${flags} /opt/authserver/main.js serve `),
    )
    assert.deepEqual(others, [])
  })

  test('hands secrets over as files only', () => {
    const files = valuesOf('Environment')
    const credentials = valuesOf('LoadCredential').map((line) => line.replace(/:.*/, ''))

    assert.ok(files.length > 0)
    for (const line of files) {
      const [variable = '', path] = line.split('=', 2)
      assert.ok(secretVariables.includes(variable.replace(/_FILE$/, '')), variable)
      assert.match(variable, /_FILE$/)
      assert.ok(credentials.includes((path ?? '').replace('%d/', '')), line)
    }
    assert.deepEqual(valuesOf('EnvironmentFile'), [])
  })

  test('gives a stop more time than the server takes for it', () => {
    const { config } = loadConfig({ path: null, environment: {} })
    const [seconds] = valuesOf('TimeoutStopSec').map((text) => Number(text.replace('s', '')))

    assert.ok(Number(seconds) * 1000 >= config.server.shutdownWaitMs + limits.actorStopMsMax)
  })

  test('gives a start more time than a migration may take', () => {
    const [seconds] = valuesOf('TimeoutStartSec').map((text) => Number(text.replace('s', '')))

    assert.ok(Number(seconds) * 1000 > limits.actorStartMsMax)
  })
})

describe('the configuration of the guide', () => {
  const path = join(repositoryRoot, 'deploy/config.yaml')
  const secret = 'S3cret-of-32-characters-at-least'
  const environment = { AUTHPLANE_SESSION_SECRET: secret, AUTHPLANE_ADMIN_API_KEY: `${secret}-2` }

  test('loads with secrets and gives no reason to warn', () => {
    const { config, warnings, resourceSeeds } = loadConfig({ path, environment })

    assert.deepEqual(warnings, [])
    assert.deepEqual(
      resourceSeeds.map(({ slug }) => slug),
      ['notes'],
    )
    assert.deepEqual(config.server.trustedProxies, ['127.0.0.1/32', '::1/128'])
    for (const { host } of [config.server.address, config.admin.address]) {
      assert.equal(host, '127.0.0.1')
    }
  })

  test('is refused without secrets', () => {
    assert.throws(() => loadConfig({ path, environment: {} }), ConfigError)
  })

  test('keeps database and keys where the service may write', () => {
    const { config } = loadConfig({ path, environment })

    assert.match(readText('deploy/authserver.service'), /^StateDirectory=authserver$/m)
    for (const kept of [config.storage.sqlite.path, config.signing.keyPath]) {
      assert.match(kept, /^\/var\/lib\/authserver\//)
    }
  })

  test('stands on the page as it is', () => {
    const page = readText('docs/operate/standalone.md')

    assert.ok(page.includes(`\`\`\`yaml\n${readText('deploy/config.yaml')}\`\`\``))
  })
})

describe('the proxies', () => {
  const caddyfile = readText('deploy/Caddyfile')
  const nginxFile = readText('deploy/nginx.conf')
  const upstream = /\b127\.0\.0\.1:(\d+)\b/g
  const withoutComments = (text: string): string => text.replace(/^\s*#.*$/gm, '')

  test('a Caddyfile that Caddy accepts as it is', () => {
    const path = join(repositoryRoot, 'deploy/Caddyfile')

    assert.match(run('caddy', 'adapt', '--config', path), /"dial":"127\.0\.0\.1:9000"/)
    assert.equal(run('caddy', 'fmt', path), caddyfile)
  })

  for (const [name, text] of [
    ['Caddyfile', caddyfile],
    ['nginx.conf', nginxFile],
  ] as const) {
    test(`${name} leads to the public listener and nowhere else`, () => {
      const ports = [...withoutComments(text).matchAll(upstream)].map(([, port]) => port)

      assert.deepEqual(ports, ['9000'])
    })

    test(`${name} lets every form through that the server would read`, () => {
      const [, kilobytes] = /(?:max_size|client_max_body_size) (\d+)(?:KiB|k)\b/.exec(text) ?? []

      assert.ok(Number(kilobytes) * 1024 > limits.formBytesMax)
    })

    test(`${name} gives up idle connections before the server does`, () => {
      const { config } = loadConfig({ path: null, environment: {} })
      const [, seconds] = /keepalive(?:_timeout)? (\d+)s/.exec(text) ?? []

      assert.ok(Number(seconds) * 1000 < config.server.idleTimeoutMs)
    })
  }
})

describe('the pages for operators', () => {
  const folder = 'docs/operate'
  const pages = readdirSync(join(repositoryRoot, folder)).filter((name) => name.endsWith('.md'))

  /** Anchors as GitHub makes them of headings. */
  const anchorsOf = (path: string): readonly string[] =>
    [...readText(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )

  for (const name of pages) {
    test(`${name} has no link into the void`, () => {
      const links = [
        ...readText(`${folder}/${name}`).matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g),
      ]
      for (const [link, target = '', anchor] of links) {
        const path = target === '' ? `${folder}/${name}` : join(folder, target)

        assert.ok(existsSync(join(repositoryRoot, path)), link)
        if (anchor !== undefined) assert.ok(anchorsOf(path).includes(anchor.slice(1)), link)
      }
    })
  }

  test('tell what to search the log for as the log says it', () => {
    const code = repositoryFiles()
      .filter((path) => /^(?:src|actors)\/.*\.ts$/.test(path))
      .map(readText)
      .join('\n')
    const [, table = ''] = /\| Search for .*\n((?:\|.*\n)+)/.exec(
      readText('docs/operate/monitoring.md'),
    ) ?? ['']
    const phrases = table
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
      .map(([, phrase = '']) => phrase)

    assert.ok(phrases.length > 10)
    for (const phrase of phrases) assert.ok(code.includes(`'${phrase}`), phrase)
  })

  test('name the packages of telemetry with the versions that are tested', () => {
    const { devDependencies } = JSON.parse(readText('package.json')) as {
      devDependencies: Readonly<Record<string, string>>
    }
    const named = [
      ...readText('docs/operate/monitoring.md').matchAll(
        /(@opentelemetry\/[a-z-]+)(?:@([\d.]+))?/g,
      ),
    ]

    assert.ok(named.length > 0)
    for (const [text, name = '', version] of named) {
      assert.equal(version, devDependencies[name], text)
    }
  })

  test('have a section for every alert, where its rule says', () => {
    const rules = readText('deploy/observability/alerts.yml')
    const links = [...rules.matchAll(/docs\/operate\/monitoring\.md#([a-z0-9-]+)/g)]
    const anchors = anchorsOf('docs/operate/monitoring.md')
    const alerts = [...rules.matchAll(/^\s*- alert: (\w+)/gm)]

    assert.ok(alerts.length > 0)
    assert.equal(links.length, alerts.length)
    for (const [, anchor = ''] of links) assert.ok(anchors.includes(anchor), anchor)
  })
})
