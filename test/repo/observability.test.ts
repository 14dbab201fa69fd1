// Alert rules and the dashboard of deploy/observability against the metrics of a real server: every
// query parses, and everything it names exists. An alert on a misspelt series never fires, and
// nobody notices.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parser } from '@prometheus-io/lezer-promql'
import { parse as parseYaml } from 'yaml'
import { metrics as catalogue } from '../../src/telemetry/metric-names.ts'
import { secretOf, seedClient } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { repositoryRoot } from './repository-files.ts'

const folder = join(repositoryRoot, 'deploy/observability')
const runbook = 'docs/operate/monitoring.md'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<string, string>>
}

interface Target {
  readonly expr: string
  readonly legendFormat: string
  readonly datasource: unknown
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly Target[]
}

const readText = (name: string): string => readFileSync(join(folder, name), 'utf8')

const { groups } = parseYaml(readText('alerts.yml')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(readText('dashboard.json')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] }
}
const charts = dashboard.panels.filter(({ type }) => type !== 'row')

interface Query {
  readonly where: string
  readonly expr: string
  /** Labels that the legend shows. */
  readonly shown: readonly string[]
}

const queries: readonly Query[] = [
  ...rules.map(({ alert, expr, annotations }) => ({
    where: `alert ${alert}`,
    expr,
    shown: namesIn(Object.values(annotations).join(' '), /\$labels\.(\w+)/g),
  })),
  ...charts.flatMap(({ title, targets }) =>
    (targets ?? []).map(({ expr, legendFormat }) => ({
      where: `panel ${title}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.+'),
      shown: namesIn(legendFormat, /\{\{(\w+)\}\}/g),
    })),
  ),
]

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}

/** What the scraper adds. */
const scraperLabels = ['instance', 'job']
const scraperSeries = ['up']

interface Selector {
  readonly metric: string
  readonly matchers: readonly {
    readonly label: string
    readonly op: string
    readonly value: string
  }[]
}

/** What an expression names. @throws AssertionError when it is no PromQL. */
function parseQuery({ where, expr }: Query): {
  readonly selectors: readonly Selector[]
  readonly grouping: readonly string[]
} {
  const selectors: { metric: string; matchers: Selector['matchers'][number][] }[] = []
  const grouping: string[] = []
  parser.parse(expr).iterate({
    enter: ({ name, from, to, type, node }) => {
      const text = expr.slice(from, to)
      assert.ok(!type.isError, `${where}: not PromQL near "${expr.slice(from - 20, to + 20)}"`)
      if (name === 'VectorSelector') selectors.push({ metric: '', matchers: [] })
      const selector = selectors.at(-1)
      if (name === 'Identifier' && selector !== undefined) selector.metric = text
      if (name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouping.push(text)
      if (name === 'UnquotedLabelMatcher') {
        const [, label = '', op = '', value = ''] =
          /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text) ?? []
        selector?.matchers.push({ label, op, value })
      }
    },
  })
  return { selectors, grouping }
}

/** Values of each label of each series in an exposition. */
type Series = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>

function readSeries(text: string): Series {
  const series = new Map<string, Map<string, Set<string>>>()
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? []
    if (name === undefined) continue
    const known = series.get(name) ?? new Map<string, Set<string>>()
    series.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
  return series
}

function fits({ op, value }: Selector['matchers'][number], values: ReadonlySet<string>): boolean {
  const pattern = new RegExp(`^(?:${op.endsWith('~') ? value : RegExp.escape(value)})$`)
  return [...values].some((one) => pattern.test(one))
}

describe('every query', () => {
  let server: RunningServer
  let series: Series
  let exposition: string

  before(async () => {
    server = await startServer({ seed: (services) => seedClient(services, 'm2m', {}) })
    exposition = await scrapeAfterLife(server)
    series = readSeries(exposition)
  })
  after(() => server.stop())

  test('control: the server has issued a token, refused a client and failed once', () => {
    const statuses = series.get('authserver_http_requests_total')?.get('http_status_code')
    assert.deepEqual([...(statuses ?? [])].toSorted(), ['200', '401', '503'])
  })

  test('meets names and labels as Prometheus wants them', () => {
    promtool(['check', 'metrics'], exposition)
  })

  test('control: a misspelt series, label and value are found', () => {
    const found = (expr: string) => complaints({ where: 'control', expr, shown: [] }, series)
    assert.deepEqual(found('rate(authserver_tokens_issued_totals[5m])').length, 1)
    assert.deepEqual(found('sum by (grant) (authserver_tokens_issued_total)').length, 1)
    assert.deepEqual(found('authserver_tokens_issued_total{grant_type="implicit"}').length, 1)
    assert.throws(() => found('sum by ('))
  })

  for (const query of queries) {
    test(`of ${query.where} names what exists: ${query.expr.replaceAll(/\s+/g, ' ')}`, () => {
      assert.deepEqual(complaints(query, series), [])
    })
  }

  test('of the catalogue is in the scrape of a server that has lived a little', () => {
    const missing = Object.values(catalogue)
      .map(({ name, type }) => (type === 'histogram' ? `${name}_count` : name))
      .filter((name) => !series.has(name))
    assert.deepEqual(missing, [])
  })
})

function complaints(query: Query, series: Series): readonly string[] {
  const { selectors, grouping } = parseQuery(query)
  const known = new Set(scraperLabels)
  const wrong: string[] = []
  for (const { metric, matchers } of selectors) {
    if (scraperSeries.includes(metric)) continue
    const labels = series.get(metric)
    if (labels === undefined) {
      wrong.push(`no series ${metric}`)
      continue
    }
    for (const label of labels.keys()) known.add(label)
    for (const matcher of matchers) {
      if (scraperLabels.includes(matcher.label)) continue
      const values = labels.get(matcher.label) ?? new Set()
      if (!fits(matcher, values))
        wrong.push(`${metric}: ${matcher.label}${matcher.op}${matcher.value}`)
    }
  }
  for (const label of [...grouping, ...query.shown]) {
    if (!known.has(label)) wrong.push(`no label ${label}`)
  }
  return wrong
}

/** The metrics of a server that has issued, refused, and failed for want of its database. */
async function scrapeAfterLife(server: RunningServer): Promise<string> {
  const ask = (secret: string): Promise<Response> =>
    fetch(`${server.baseUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'm2m',
        client_secret: secret,
      }),
    })
  assert.equal((await ask(secretOf('m2m'))).status, 200)
  assert.equal((await ask('wrong')).status, 401)
  server.execute('ALTER TABLE clients RENAME TO hidden_clients')
  assert.equal((await ask(secretOf('m2m'))).status, 503)
  server.execute('ALTER TABLE hidden_clients RENAME TO clients')
  await server.logged('actor restarted')
  assert.equal((await ask(secretOf('m2m'))).status, 200)
  return (await fetch(`${server.adminUrl}/metrics`)).text()
}

describe('the dashboard', () => {
  test('takes its data from the source that the viewer chooses', () => {
    const [source, instance] = dashboard.templating.list
    assert.deepEqual([source?.['name'], source?.['type']], ['datasource', 'datasource'])
    assert.equal(instance?.['name'], 'instance')
    for (const { targets = [] } of charts) {
      for (const { datasource } of targets) {
        assert.deepEqual(datasource, { type: 'prometheus', uid: `\${datasource}` }) // Grafana's own
      }
    }
  })

  test('says of every panel what it shows and in which unit', () => {
    for (const { title, description, fieldConfig, targets } of charts) {
      assert.ok((description ?? '') !== '', title)
      assert.ok((fieldConfig?.defaults.unit ?? '') !== '', title)
      assert.ok((targets ?? []).length > 0, title)
    }
  })

  test('has panels with ids of their own that do not lie on each other', () => {
    const taken = new Map<string, string>()
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.equal(taken.get(`${x} ${y}`), undefined, `${title} lies on another panel`)
          taken.set(`${x} ${y}`, title)
        }
      }
    }
    const ids = dashboard.panels.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
  })
})

describe('the alert rules', () => {
  test('begin with the group of the specification', () => {
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['authplane', 'authserver'],
    )
  })

  test('name a severity and the section of the runbook', () => {
    for (const { alert, labels, annotations } of rules) {
      assert.match(labels.severity, /^(?:critical|warning)$/, alert)
      assert.match(annotations['runbook'] ?? '', /^docs\/operate\/monitoring\.md#[a-z-]+$/, alert)
    }
  })

  test('point to sections that the runbook has', () => {
    assert.ok(existsSync(join(repositoryRoot, runbook)), `${runbook} exists`)
    const page = readFileSync(join(repositoryRoot, runbook), 'utf8')
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
    const missing = rules
      .map(({ annotations }) => annotations['runbook']?.split('#')[1] ?? '')
      .filter((anchor) => !anchors.includes(anchor))
    assert.deepEqual(missing, [])
  })

  test('are each proven to fire', () => {
    const proofs = readText('alerts.test.yml')
    const unproven = rules.filter(
      ({ alert }) => !proofs.includes(`alertname="${alert}", alertstate="firing"`),
    )
    assert.deepEqual(unproven, [])
  })

  test('are valid, and fire when they should', () => {
    promtool(['check', 'rules', 'alerts.yml'])
    promtool(['test', 'rules', 'alerts.test.yml'])
    promtool(['check', 'config', 'prometheus.yml'])
  })
})

/** As GitHub makes anchors of headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
}

/** @throws Error with what it says when it is not content, or is not installed. */
function promtool(args: readonly string[], input = ''): void {
  try {
    execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', input })
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: string; stdout?: string; stderr?: string }
    if (code === 'ENOENT') throw new Error('promtool is needed: apt-get install prometheus')
    throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`)
  }
}
