// `admin client create` and `admin client update` (spec 05 §8): what an administrator decides about
// a client.
import type { Command } from 'commander'
import { changeClient, createClient } from '../../flows/admin/clients.ts'
import { clientView, createdClientView } from '../../flows/admin/views.ts'
import { commaList, optionOrVariable, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'
import {
  type ClientIdOptions,
  clientIdOf,
  exampleClientId,
  lineOfClient,
  withClientId,
} from './client-options.ts'

interface MetadataOptions {
  readonly name?: string
  readonly grantTypes?: string
  readonly redirectUris?: string
  readonly scope?: string
}

interface CreateOptions extends MetadataOptions, OutputOptions {
  readonly authMethod?: string
  readonly agent?: boolean
  readonly agentDescription?: string
}

/** Adds `create`. */
export function addClientCreate(client: Command, context: CommandContext): void {
  const command = client
    .command('create')
    .description('register a client; its secret is printed once')
    .option('--name <name>', 'name that people see (required; or AUTHSERVER_CLIENT_NAME)')
    .option(
      '--grant-types <types>',
      'separated by commas (default: authorization_code,refresh_token; or ' +
        'AUTHSERVER_CLIENT_GRANT_TYPES)',
    )
    .option('--redirect-uris <uris>', 'separated by commas (or AUTHSERVER_CLIENT_REDIRECT_URIS)')
    .option(
      '--scope <scopes>',
      'scope ceiling, separated by spaces (default: none; or AUTHSERVER_CLIENT_SCOPE)',
    )
    .option(
      '--auth-method <method>',
      'none, client_secret_basic or client_secret_post (default: none; or ' +
        'AUTHSERVER_CLIENT_AUTH_METHOD)',
    )
    .option('--agent', 'the client is an agent; cannot be changed later')
    .option('--agent-description <text>', 'what the agent does')
    .action((options: CreateOptions) => create(context, options))
  printing(
    command,
    '--name nightly --grant-types client_credentials --auth-method client_secret_basic ' +
      '--scope "tools/read tools/write"',
  )
}

async function create(context: CommandContext, options: CreateOptions): Promise<void> {
  const given = (option: string | undefined, variable: string): string | null =>
    optionOrVariable(context.terminal, option, `AUTHSERVER_CLIENT_${variable}`)
  const requested = {
    name: required(given(options.name, 'NAME'), '--name <name>'),
    redirectUris: commaList(given(options.redirectUris, 'REDIRECT_URIS')),
    grantTypes: commaList(given(options.grantTypes, 'GRANT_TYPES')),
    responseTypes: null,
    tokenEndpointAuthMethod: given(options.authMethod, 'AUTH_METHOD'),
    scope: given(options.scope, 'SCOPE'),
    isAgent: options.agent ?? null,
    agentDescription: options.agentDescription ?? null,
    applicationType: null,
    dpopBoundAccessTokens: null,
  }
  const created = await onStorage(context, (services) =>
    createClient(services, commandOperator, requested),
  )
  const { secret } = created
  print(context.terminal, options, {
    json: createdClientView(created),
    lines: [
      { id: created.client.id, name: created.client.name },
      ...(secret === null ? [] : [{ client_secret: secret }]),
    ],
  })
}

/** Adds `update`. Only its id can come from a variable: a stray one must not change a client. */
export function addClientUpdate(client: Command, context: CommandContext): void {
  const command = withClientId(client.command('update'))
    .description('change a client; what is not given stays as it is')
    .option('--name <name>', 'name that people see')
    .option('--grant-types <types>', 'all grant types, separated by commas')
    .option('--redirect-uris <uris>', 'all redirect URIs, separated by commas')
    .option('--scope <scopes>', 'scope ceiling, separated by spaces; "" removes it')
    .action((options: MetadataOptions & ClientIdOptions) => update(context, options))
  printing(command, `${exampleClientId} --scope "tools/read"`)
}

async function update(
  context: CommandContext,
  options: MetadataOptions & ClientIdOptions,
): Promise<void> {
  const id = clientIdOf(options, context)
  const change = {
    name: options.name ?? null,
    redirectUris: commaList(options.redirectUris),
    grantTypes: commaList(options.grantTypes),
    scope: options.scope ?? null,
    applicationType: null,
    dpopBoundAccessTokens: null,
  }
  const changed = await onStorage(context, (services) =>
    changeClient(services, commandOperator, { id, change }),
  )
  print(context.terminal, options, { json: clientView(changed), lines: [lineOfClient(changed)] })
}
