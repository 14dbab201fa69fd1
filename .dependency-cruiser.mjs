// The floors of ARCHITECTURE.md as rules for dependency-cruiser. A file may import from its own
// folder and from the floors its row lists; whatever is not listed is refused. Each rule carries
// its reason, which is what a developer reads when it is broken.

/** Message types: one protocol per actor, which storage splits by subject. */
const protocolFiles = 'actors/[^/]+/(?:(?:checkpoint|user|grant|token)-)?protocol[.]ts$'

/** Folders of shipped code, from the lowest floor up, and what each may import besides itself. */
const floors = [
  { folder: 'src/base', imports: [], why: 'the ground floor knows nothing above it' },
  {
    folder: 'src/records',
    imports: ['src/base'],
    why: 'stored things are plain types, readable without any behaviour',
  },
  {
    folder: 'src/oauth',
    imports: ['src/base', 'src/records'],
    why: 'protocol rules are pure: no actor, no HTTP, no configuration reaches into them',
  },
  {
    folder: 'src/telemetry',
    imports: ['src/base'],
    why: 'log and metrics serve everybody and therefore depend on nobody',
  },
  {
    folder: 'src/config',
    imports: ['src/base', 'src/records', protocolFiles],
    why: 'configuration is read by others; from actors it takes only the types of their slices',
  },
  {
    folder: 'src/outbound',
    imports: ['src/base', 'src/records', 'src/oauth'],
    why: 'requests to other hosts are guarded in one place that knows no flow and no actor',
  },
  {
    folder: 'actors/runtime',
    imports: ['src/base'],
    why: 'mailboxes, transports and supervision know nothing of OAuth',
  },
  {
    folder: 'actors/(?!runtime/)[^/]+',
    imports: ['src/base', 'src/records', 'src/oauth', 'actors/runtime'],
    why: 'star topology: no actor knows another one, so there is no wait cycle and no deadlock',
  },
  {
    folder: 'workers',
    imports: ['src/base', 'actors'],
    why: 'a thread entry starts one actor and does nothing else',
  },
  {
    folder: 'src/flows',
    imports: ['src/base', 'src/records', 'src/oauth', 'src/outbound', protocolFiles],
    why: 'a use case reaches actors by message only and runs without a server',
  },
  {
    folder: 'src/http',
    imports: [
      'src/base',
      'src/records',
      'src/oauth',
      'src/flows',
      'src/config',
      'src/telemetry',
      'actors/runtime/protocol[.]ts$',
    ],
    why: 'transport turns bytes into calls of flows and back; it sends no message itself',
  },
  {
    folder: 'src/cli',
    imports: [
      'src/base',
      'src/records',
      'src/oauth',
      'src/flows',
      'src/config',
      'src/telemetry',
      'actors/runtime/protocol[.]ts$',
    ],
    why: 'commands call flows; what starts servers and actors is handed in by src/main.ts',
  },
]

/** The only homes of each npm package in shipped code. */
const packageHomes = {
  '@fastify/swagger': ['src/http'],
  // Loaded only when the configuration asks for OTLP.
  '@opentelemetry/api': ['src/telemetry'],
  '@opentelemetry/exporter-logs-otlp-grpc': ['src/telemetry'],
  '@opentelemetry/exporter-metrics-otlp-grpc': ['src/telemetry'],
  '@opentelemetry/exporter-trace-otlp-grpc': ['src/telemetry'],
  '@opentelemetry/resources': ['src/telemetry'],
  '@opentelemetry/sdk-logs': ['src/telemetry'],
  '@opentelemetry/sdk-metrics': ['src/telemetry'],
  '@opentelemetry/sdk-trace': ['src/telemetry'],
  bcryptjs: ['actors/password-pool'],
  'better-sqlite3': ['actors/storage', 'src/boot'],
  commander: ['src/cli'],
  fastify: ['src/http'],
  'ipaddr.js': ['src/http', 'src/outbound', 'src/config'],
  jose: ['actors/signer', 'src/outbound'],
  'lru-cache': ['src/http', 'src/outbound', 'actors/dpop-replay'],
  msgpackr: ['actors/runtime'],
  pino: ['src/telemetry', 'src/boot'],
  'prom-client': ['src/telemetry', 'src/boot'],
  yaml: ['src/config'],
  zod: ['src/records', 'src/config', 'src/http'],
}

const shipped = '^(src|actors|workers)/'
const ruleName = (text) => text.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')
const inFolder = (folder) => (folder.endsWith('$') ? `^${folder}` : `^${folder}/`)

const floorRules = floors.map(({ folder, imports, why }) => ({
  name: `floor-${ruleName(folder.replace('(?!runtime/)[^/]+', 'any'))}`,
  comment: `${folder}: ${why}.`,
  severity: 'error',
  from: { path: `^(${folder})/` },
  to: { path: shipped, pathNot: ['^$1/', ...imports.map(inFolder)] },
}))

const packageRules = Object.entries(packageHomes).map(([name, homes]) => ({
  name: `home-of-${ruleName(name)}`,
  comment: `${name} is used only in ${homes.join(', ')}: one home, so that it can be replaced.`,
  severity: 'error',
  from: { path: shipped, pathNot: homes.map(inFolder) },
  to: { path: `^node_modules/${name}/` },
}))

const knownFolders = [
  ...floors.map(({ folder }) => `^${folder}/`),
  // Composition knows everything that ships; the rules below say what it may not import.
  '^src/boot/',
  '^src/main[.]ts$',
]

const extraRules = [
  {
    name: 'folder-has-a-floor',
    comment: 'A new folder gets a row in the table of floors before its first import.',
    from: { path: shipped, pathNot: knownFolders },
    to: {},
  },
  {
    name: 'imported-folder-has-a-floor',
    comment: 'A new folder gets a row in the table of floors before it is first imported.',
    from: {},
    to: { path: shipped, pathNot: knownFolders },
  },
  {
    name: 'no-cycle',
    comment: 'A cycle is two modules that pretend to be two.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-unresolved-import',
    comment: 'An import that resolves to nothing escapes every other rule.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-unlisted-package',
    comment: 'A runtime dependency needs a decision record and a home in this file.',
    from: { path: shipped },
    to: {
      path: '^node_modules/',
      pathNot: Object.keys(packageHomes).map((name) => `^node_modules/${name}/`),
    },
  },
  {
    name: 'no-test-code-in-product',
    comment: 'Nothing that ships depends on tests, benchmarks or scripts.',
    from: { path: shipped },
    to: { path: '^(test|bench|scripts)/' },
  },
  {
    name: 'main-only-composes',
    comment: 'The process entry joins the command table to the composition and does nothing else.',
    from: { path: '^src/main[.]ts$' },
    to: { path: shipped, pathNot: ['^src/(cli|boot|base)/'] },
  },
  {
    name: 'nobody-imports-entries',
    comment: 'Entry points are started, not imported: importing one would start it twice.',
    from: { path: shipped },
    to: { path: '^(workers/|src/main[.]ts$)' },
  },
  {
    name: 'behaviour-stays-in-its-actor',
    comment:
      'Only its worker entry and src/boot may import what an actor does; all others know its ' +
      'protocol, so that its state has one owner.',
    from: { path: shipped, pathNot: ['^actors/', '^workers/', '^src/boot/'] },
    to: { path: '^actors/', pathNot: [`^${protocolFiles}`] },
  },
  {
    name: 'worker-starts-its-own-actor',
    comment:
      'The entry of a thread or process imports the actor of its name and the runtime, no other.',
    from: { path: '^workers/(?!checkpointer)([^/]+?)(?:-process)?[.]ts$' },
    to: { path: '^actors/', pathNot: ['^actors/$1/', '^actors/runtime/'] },
  },
  {
    name: 'checkpointer-belongs-to-storage',
    comment: 'The checkpointer is a second thread on the files of storage, and of nothing else.',
    from: { path: '^workers/checkpointer[.]ts$' },
    to: { path: '^actors/', pathNot: ['^actors/storage/', '^actors/runtime/'] },
  },
  {
    name: 'protocol-is-types',
    comment: 'A protocol imports types: senders must not load code of the rules through it.',
    from: { path: `^${protocolFiles}` },
    to: { path: '^(src|actors)/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'protocol-without-behaviour',
    comment: 'A protocol says what may be sent; importing behaviour would hand it to all senders.',
    from: { path: `^${protocolFiles}` },
    to: {
      path: '^actors/',
      pathNot: [
        '^actors/runtime/protocol[.]ts$',
        '^actors/storage/(?:user|grant|token)-protocol[.]ts$',
      ],
    },
  },
  {
    name: 'slices-are-types',
    comment: 'Slices take the shape of what an actor may know, never code of the actor.',
    from: { path: '^src/config/slices[.]ts$' },
    to: { path: '^actors/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'only-slices-know-actors',
    comment: 'The rest of configuration reads files and the environment; actors are none of it.',
    from: { path: '^src/config/', pathNot: ['^src/config/slices[.]ts$'] },
    to: { path: '^actors/' },
  },
  {
    name: 'rules-do-no-io',
    comment: 'Records and protocol rules are pure: hashing comes from src/base, I/O from nowhere.',
    from: { path: '^src/(records|oauth)/' },
    to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
  },
].map((rule) => ({ severity: 'error', ...rule }))

export default {
  forbidden: [...floorRules, ...packageRules, ...extraRules],
  options: {
    // TypeScript 7 has no compiler API for dependency-cruiser to use: without this parser it reads
    // no .ts file at all and finds no violation. test/repo/floors.test.ts counts the modules.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
}
