// Renders config.example.yaml from the schema: every key with its default, its variable and one
// line, and the blocks of entries as commented samples.
import { settingEntries } from './schema.ts'
import type { AnySetting, YamlValue } from './setting.ts'

const intro = `\
# Every key of authserver with its default. None is required: without a file and without variables
# the server runs on localhost. A variable wins over this file. For a secret, the variable with
# _FILE at its end names a file that holds it; that is better than writing it here.
# Durations have units (300ms, 30s, 15m, 1h30m). \`authserver config check\` shows what counts.
`

/** The text of the example file. */
export function renderExample(): string {
  const lines: string[] = []
  let open: readonly string[] = []
  for (const [key, setting] of settingEntries) {
    const names = key.split('.')
    const groups = names.slice(0, -1)
    const shared = groups.findIndex((name, index) => name !== open[index])
    const from = shared === -1 ? groups.length : shared
    if (from === 0) lines.push('')
    for (const [depth, name] of groups.entries()) {
      if (depth >= from) lines.push(`${indent(depth)}${name}:`)
    }
    open = groups
    lines.push(...renderSetting(names, setting))
  }
  return `${intro}${lines.join('\n')}\n${samples}`
}

function renderSetting(
  names: readonly string[],
  { doc, variable, fallback }: AnySetting,
): readonly string[] {
  const margin = indent(names.length - 1)
  const lines = [`# ${doc}`, `# ${variable ?? 'no variable'}`]
  return [...lines, `${names.at(-1)}: ${renderYaml(fallback)}`].map((line) => `${margin}${line}`)
}

/** A value in YAML: JSON is YAML; plain words stay unquoted. */
function renderYaml(value: YamlValue): string {
  return typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value)
    ? value
    : JSON.stringify(value)
}

function indent(depth: number): string {
  return '  '.repeat(depth)
}

/** Made at the start when nothing has their slug; never changed or deleted by this file later. */
const samples = `
# Resources that are made at the start unless their slug exists. One without scopes and policy can
# come from AUTHPLANE_RESOURCE_URI and AUTHPLANE_RESOURCE_SCOPES (names with commas) instead.
# resources:
#   - slug: notes
#     uri: "https://notes.example.com/mcp"
#     backend_kind: mint
#     display_name: Notes
#     scopes:
#       - name: "notes:read"
#         description: Read notes
#       - name: "notes:write"
#     policy:
#       exchange:
#         allowed_client_ids: []
#       runtime:
#         client_ids: []

# Upstreams whose tokens resources of kind broker hand out, made in the same way. One can come from
# the variables AUTHPLANE_BROKER_PROVIDER_SLUG, _DISPLAY_NAME, _PROTOCOL, _CLIENT_ID,
# _CLIENT_SECRET_REF, _AUTHORIZE_URL, _TOKEN_URL and _RESPONSE_FORMAT.
# broker_providers:
#   - slug: example
#     display_name: Example
#     protocol: oauth
#     config_data:
#       client_id: "0123"
#       client_secret_ref: CONNECTOR_EXAMPLE_SECRET
#       authorize_url: "https://example.com/oauth/authorize"
#       token_url: "https://example.com/oauth/token"
`
