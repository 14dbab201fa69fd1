// Seed blocks and seed variables: their shape, and what they come to (spec 06 §4.12).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeFinding } from '../../../src/config/findings.ts'
import { evaluate, findingsOf, load, strong, type Variables } from './sources.ts'

const noPolicy = {
  exchangeAllowedClientIds: [],
  runtimeClientIds: [],
  connectAllowedReturnUrls: [],
}

const notes = `resources:
  - slug: notes
    uri: https://notes.example.com/mcp
`

/** The configuration of the published guide for a single server, with these secrets. */
function standaloneGuide(sessionSecret: string, adminKey: string): string {
  return `server:
  issuer: https://auth.example.com
  address: ":9000"
storage:
  driver: sqlite
  sqlite:
    path: /var/lib/authserver/authserver.db
session:
  secret: "${sessionSecret}"
  secure: true
admin:
  api_key: "${adminKey}"
resources:
  - slug: my-mcp-server
    name: My MCP server
    uri: https://mcp.example.com
    backend_kind: mint
    scopes:
      - name: tools:read
        description: Read tools
      - name: tools:call
`
}

describe('the sample of the standalone guide', () => {
  test('loads with real secrets in place of the placeholders', () => {
    const { config, secrets, resourceSeeds, warnings } = load(
      standaloneGuide(strong, `${strong}2`),
      {},
    )

    assert.equal(config.server.issuer, 'https://auth.example.com')
    assert.ok(secrets.has('session.secret') && secrets.has('admin.api_key'))
    assert.deepEqual(warnings, [])
    assert.deepEqual(resourceSeeds, [
      {
        slug: 'my-mcp-server',
        uri: 'https://mcp.example.com',
        backendKind: 'mint',
        brokerProviderId: null,
        brokerProviderSlug: null,
        displayName: 'My MCP server',
        scopes: [
          { name: 'tools:read', description: 'Read tools', upstream: '' },
          { name: 'tools:call', description: '', upstream: '' },
        ],
        policy: noPolicy,
      },
    ])
  })

  test('is refused with its placeholders', () => {
    const yaml = standaloneGuide('generate-a-32-byte-random-string', 'generate-a-secure-api-key')

    assert.deepEqual(
      findingsOf(yaml, {}).map(({ key, problem }) => [key, problem]),
      [
        ['session.secret', 'is a known example or blank'],
        ['admin.api_key', 'is a known example or blank'],
      ],
    )
  })
})

describe('resources of the file', () => {
  test('carry every member', () => {
    const yaml = `resources:
  - slug: notes
    uri: https://notes.example.com
    backend_kind: mint
    display_name: Notes
    name: Notes
    description: not stored
    scopes: [{ name: read, upstream: repo, description: Read }]
    policy:
      exchange: { allowed_client_ids: [a, b] }
      runtime: { client_ids: [c] }
      connect: { allowed_return_urls: [https://a.example/] }
`
    const { resourceSeeds, warnings } = load(yaml, {})

    assert.deepEqual(warnings, [])
    assert.equal(resourceSeeds[0]?.displayName, 'Notes')
    assert.deepEqual(resourceSeeds[0]?.scopes, [
      { name: 'read', upstream: 'repo', description: 'Read' },
    ])
    assert.deepEqual(resourceSeeds[0]?.policy, {
      exchangeAllowedClientIds: ['a', 'b'],
      runtimeClientIds: ['c'],
      connectAllowedReturnUrls: ['https://a.example/'],
    })
  })

  test('say nothing of what is absent', () => {
    const { resourceSeeds } = load('resources:\n  - slug: notes\n    policy:\n', {})

    assert.deepEqual(resourceSeeds, [
      {
        slug: 'notes',
        uri: null,
        backendKind: null,
        brokerProviderId: null,
        brokerProviderSlug: null,
        displayName: null,
        scopes: [],
        policy: noPolicy,
      },
    ])
  })

  test('may be none', () => {
    assert.deepEqual(load('resources:\n', {}).resourceSeeds, [])
    assert.deepEqual(load('resources: []\n', {}).resourceSeeds, [])
  })

  test('are named by path and line when their shape is wrong', () => {
    const yaml = `resources:
  - uri: 5
  - slug: a
    scopes: [read]
    policy: { exchange: { allowed_client_ids: a }, runtime: { client_ids: [1] } }
  - [x]
  - slug: b
    scopes: { name: read }
    policy: []
`
    const found = findingsOf(yaml, {}).map(
      ({ key, problem, remedy }) => `${key}: ${problem}; ${remedy.replace(/ \/.*,/, '')}`,
    )

    assert.deepEqual(found, [
      'resources[0].slug: must be set; give the entry a name of lower-case letters, digits and -',
      'resources[0].uri: must be a string (put it in quotes); correct line 2',
      'resources[1].scopes[0]: must be a map; correct line 4',
      'resources[1].policy.exchange.allowed_client_ids: must be a list of strings; correct line 5',
      'resources[1].policy.runtime.client_ids[0]: must be a string (put it in quotes); ' +
        'correct line 5',
      'resources[2]: must be a map; correct line 6',
      'resources[3].scopes: must be a list of maps; correct line 8',
      'resources[3].policy: must be a map; correct line 9',
    ])
  })

  test('must be a list', () => {
    assert.deepEqual(
      findingsOf('resources:\n  slug: a\n', {}).map(({ key, problem }) => [key, problem]),
      [['resources', 'must be a list of maps']],
    )
  })

  for (const [what, members, key, problem] of [
    [
      'two names that differ',
      'display_name: A\n    name: B',
      'resources[0].name',
      /differs from display_name/,
    ],
    [
      'a provider by id and by slug',
      'broker_provider_id: A\n    broker_provider_slug: B',
      'resources[0].broker_provider_slug',
      /is set, and so is broker_provider_id/,
    ],
    ['a scope without name', 'scopes: [{ description: D }]', 'resources[0].scopes[0].name', /set/],
    ['a placeholder', `uri: "https://\${HOST}/"`, 'resources[0].uri', /placeholder \$\{HOST\}/],
  ] as const) {
    test(`refuse ${what}`, () => {
      const { findings } = evaluate(`resources:\n  - slug: a\n    ${members}\n`, {})

      const found = findings.filter((finding) => finding.key === key)
      assert.equal(found.length, 1)
      assert.match(found[0]?.problem ?? '', problem)
    })
  }

  test('refuse a slug that another entry has', () => {
    const yaml = 'resources:\n  - slug: a\n  - slug: b\n  - slug: A\n'

    assert.deepEqual(
      findingsOf(yaml, {}).map(({ key, problem }) => [key, problem]),
      [['resources[2].slug', 'has the slug of resources[0]']],
    )
  })

  test('have their unknown members named, with the nearest known one', () => {
    const yaml = `resources:
  - slug: a
    urI: https://a.example
    scopes: [{ name: read, colour: red }]
    policy: { exchange: { allowed_clients_ids: [] } }
`
    assert.deepEqual(load(yaml, {}).warnings.map(describeFinding), [
      'resources[0].urI: unknown configuration key; the nearest name is uri',
      'resources[0].scopes[0].colour: unknown configuration key; remove it',
      'resources[0].policy.exchange.allowed_clients_ids: unknown configuration key; ' +
        'the nearest name is allowed_client_ids',
    ])
  })
})

describe('the resource of the environment', () => {
  const seedsOf = (yaml: string | null, environment: Variables) =>
    load(yaml, environment).resourceSeeds.map(({ slug, uri, scopes }) => {
      return { slug, uri, scopes: scopes.map(({ name }) => name) }
    })

  test('takes its slug from the host, and its scopes from a list with commas', () => {
    const seeds = seedsOf(null, {
      AUTHPLANE_RESOURCE_URI: 'https://My.Api_v2.example.com:8443/mcp',
      AUTHPLANE_RESOURCE_SCOPES: 'read, write,',
    })

    assert.deepEqual(seeds, [
      {
        slug: 'my-api-v2-example-com',
        uri: 'https://My.Api_v2.example.com:8443/mcp',
        scopes: ['read', 'write'],
      },
    ])
  })

  test('is minted, and has at most 64 characters of slug', () => {
    const host = `${'a'.repeat(60)}.bbb.${'c'.repeat(20)}.example`
    const { resourceSeeds } = load(null, { AUTHPLANE_RESOURCE_URI: `https://${host}/` })

    assert.equal(resourceSeeds[0]?.backendKind, 'mint')
    assert.equal(resourceSeeds[0]?.slug, `${'a'.repeat(60)}-bbb`)
  })

  test('comes after those of the file', () => {
    const seeds = seedsOf(notes, { AUTHPLANE_RESOURCE_URI: 'https://other.example.com' })

    assert.deepEqual(
      seeds.map(({ slug }) => slug),
      ['notes', 'other-example-com'],
    )
  })

  test('of a URI in the file only replaces its scopes', () => {
    const uri = 'https://notes.example.com/mcp'
    const yaml = `${notes}    scopes: [{ name: old }]\n`

    assert.deepEqual(
      seedsOf(yaml, { AUTHPLANE_RESOURCE_URI: uri, AUTHPLANE_RESOURCE_SCOPES: 'new' }),
      [{ slug: 'notes', uri, scopes: ['new'] }],
    )
    assert.deepEqual(seedsOf(yaml, { AUTHPLANE_RESOURCE_URI: uri }), [
      { slug: 'notes', uri, scopes: ['old'] },
    ])
  })

  for (const [what, uri, problem] of [
    ['a URI without host', 'urn:example:api', /whose host can become a slug/],
    ['a relative URI', 'api.example.com', /whose host can become a slug/],
    ['a placeholder', `https://\${HOST}/`, /placeholder/],
  ] as const) {
    test(`refuses ${what}`, () => {
      const [finding, ...others] = findingsOf(null, { AUTHPLANE_RESOURCE_URI: uri })

      assert.deepEqual(others, [])
      assert.equal(finding?.variable, 'AUTHPLANE_RESOURCE_URI')
      assert.match(finding?.problem ?? '', problem)
    })
  }

  test('refuses a placeholder among the scopes', () => {
    const [finding] = findingsOf(null, {
      AUTHPLANE_RESOURCE_URI: 'https://a.example',
      AUTHPLANE_RESOURCE_SCOPES: `read,\${MORE}`,
    })

    assert.equal(finding?.variable, 'AUTHPLANE_RESOURCE_SCOPES')
  })

  test('refuses a host whose slug the file gives to another URI', () => {
    const yaml = 'resources:\n  - slug: a-example\n    uri: https://b.example\n'

    const [finding] = findingsOf(yaml, { AUTHPLANE_RESOURCE_URI: 'https://a.example' })

    assert.match(finding?.problem ?? '', /the slug a-example, which resources\[0\] has/)
  })

  test('warns about scopes without a URI, and ignores empty variables', () => {
    const alone = load(null, { AUTHPLANE_RESOURCE_SCOPES: 'read' })
    const empty = load(null, { AUTHPLANE_RESOURCE_URI: '', AUTHPLANE_RESOURCE_SCOPES: '' })

    assert.deepEqual(
      alone.warnings.map(({ variable }) => variable),
      ['AUTHPLANE_RESOURCE_SCOPES'],
    )
    assert.deepEqual([empty.warnings, empty.resourceSeeds], [[], []])
  })
})

describe('broker providers', () => {
  const github = `broker_providers:
  - slug: github
    display_name: GitHub
    protocol: oauth
    config_data:
      client_id: from-file
      scopes: [repo]
`

  test('of the file carry every member', () => {
    assert.deepEqual(evaluate(github, {}).providerSeeds, [
      {
        slug: 'github',
        displayName: 'GitHub',
        protocol: 'oauth',
        configData: { client_id: 'from-file', scopes: ['repo'] },
      },
    ])
  })

  test('of the file must have a slug, a known protocol and a map of data', () => {
    const { findings } = evaluate(
      'broker_providers:\n  - protocol: saml\n    config_data: [a]\n',
      {},
    )

    assert.deepEqual(
      findings
        .map(({ key, problem }) => `${key} ${problem}`)
        .filter((line) => !line.endsWith('is not supported by this version')),
      [
        'broker_providers[0].slug must be set',
        'broker_providers[0].protocol must be oauth or api_key or service_account',
        'broker_providers[0].config_data must be a map',
      ],
    )
  })

  test('of the environment hold only the given fields', () => {
    const { providerSeeds } = evaluate(null, {
      AUTHPLANE_BROKER_PROVIDER_SLUG: 'slack',
      AUTHPLANE_BROKER_PROVIDER_CLIENT_ID: 'id',
      AUTHPLANE_BROKER_PROVIDER_CLIENT_SECRET_REF: 'CONNECTOR_SLACK',
      AUTHPLANE_BROKER_PROVIDER_TOKEN_URL: '',
    })

    assert.deepEqual(providerSeeds, [
      {
        slug: 'slack',
        displayName: 'slack',
        protocol: 'oauth',
        configData: { client_id: 'id', client_secret_ref: 'CONNECTOR_SLACK' },
      },
    ])
  })

  test('of the environment override fields of the same slug in the file', () => {
    const { providerSeeds } = evaluate(github, {
      AUTHPLANE_BROKER_PROVIDER_SLUG: 'github',
      AUTHPLANE_BROKER_PROVIDER_PROTOCOL: 'api_key',
      AUTHPLANE_BROKER_PROVIDER_CLIENT_ID: 'from-variable',
    })

    assert.deepEqual(providerSeeds, [
      {
        slug: 'github',
        displayName: 'GitHub',
        protocol: 'api_key',
        configData: { client_id: 'from-variable', scopes: ['repo'] },
      },
    ])
  })

  test('of the environment may name their secret in the old spelling, with a warning', () => {
    const { providerSeeds, warnings } = evaluate(null, {
      AUTHPLANE_BROKER_PROVIDER_SLUG: 'a',
      AUTHPLANE_BROKER_PROVIDER_CLIENT_SECRET_ENV: 'OLD',
    })

    assert.deepEqual(providerSeeds[0]?.configData, { client_secret_ref: 'OLD' })
    assert.deepEqual(
      warnings.map(({ variable }) => variable),
      ['AUTHPLANE_BROKER_PROVIDER_CLIENT_SECRET_ENV'],
    )
  })

  test('of the environment need a slug and a known protocol', () => {
    const { warnings } = evaluate(null, { AUTHPLANE_BROKER_PROVIDER_CLIENT_ID: 'id' })
    const { findings } = evaluate(null, {
      AUTHPLANE_BROKER_PROVIDER_SLUG: 'a',
      AUTHPLANE_BROKER_PROVIDER_PROTOCOL: 'saml',
    })

    assert.match(warnings[0]?.problem ?? '', /no effect without its slug/)
    assert.equal(findings[0]?.variable, 'AUTHPLANE_BROKER_PROVIDER_PROTOCOL')
  })
})
