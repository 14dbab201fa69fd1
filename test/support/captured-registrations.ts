// What installed MCP clients send when they register themselves, rebuilt from observed requests.
import type { JsonObject } from '../../src/oauth/json-document.ts'
import type { ApplicationType } from '../../src/records/client.ts'

export interface CapturedRegistration {
  /** Who sends it, and what is special about it. */
  readonly client: string
  readonly document: JsonObject
  /** What it is stored as. */
  readonly applicationType: ApplicationType | null
}

const usual = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

export const capturedRegistrations: readonly CapturedRegistration[] = [
  {
    client: 'MCP SDK 1.32: a scope from the resource, no application type',
    document: {
      ...usual,
      client_name: 'sdk-client',
      redirect_uris: ['http://127.0.0.1:8090/callback'],
      scope: 'mcp:echo mcp:admin',
    },
    applicationType: null,
  },
  {
    client: 'MCP client 2.4: native',
    document: {
      ...usual,
      client_name: 'client',
      redirect_uris: ['http://127.0.0.1:8090/callback'],
      application_type: 'native',
      scope: 'mcp:echo mcp:admin',
    },
    applicationType: 'native',
  },
  {
    client: 'MCP Inspector 2.12: a home page beside',
    document: {
      ...usual,
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://127.0.0.1:6276/oauth/callback'],
      application_type: 'native',
      scope: 'mcp:echo',
    },
    applicationType: 'native',
  },
  {
    client: 'mcp-remote 0.15: the software it is, a port derived from the URL',
    document: {
      ...usual,
      client_name: 'mcp-remote',
      client_uri: 'https://example.test/mcp-remote',
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '0.15.1',
      redirect_uris: ['http://localhost:21468/oauth/callback'],
      application_type: 'native',
    },
    applicationType: 'native',
  },
  {
    client: 'Claude Code: loopback, no scope',
    document: {
      ...usual,
      client_name: 'Claude Code',
      redirect_uris: ['http://localhost:54545/callback'],
    },
    applicationType: null,
  },
  {
    client: 'claude.ai: a callback of its cloud',
    document: {
      ...usual,
      client_name: 'Claude',
      redirect_uris: [
        'https://claude.ai/api/mcp/auth_callback',
        'https://claude.com/api/mcp/auth_callback',
      ],
    },
    applicationType: null,
  },
  {
    client: 'ChatGPT: choices of methods, a callback of its own',
    document: {
      ...usual,
      client_name: 'ChatGPT',
      redirect_uris: ['https://chatgpt.com/connector/oauth/AbC123'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_post'],
    },
    applicationType: null,
  },
  {
    client: 'Cursor: a private-use scheme, and says web',
    document: {
      ...usual,
      client_name: 'Cursor',
      redirect_uris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      application_type: 'web',
    },
    applicationType: 'native',
  },
  {
    client: 'VS Code: four redirect URIs with paths that end in a slash',
    document: {
      ...usual,
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      application_type: 'native',
    },
    applicationType: 'native',
  },
  {
    client: 'opencode: a fixed port',
    document: {
      ...usual,
      client_name: 'opencode',
      client_uri: 'https://opencode.ai',
      redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'],
    },
    applicationType: null,
  },
  {
    client: 'turnstone: a resource in the document',
    document: {
      ...usual,
      client_name: 'turnstone',
      redirect_uris: ['http://127.0.0.1:7777/callback'],
      resource: 'https://mcp1.test/mcp',
    },
    applicationType: null,
  },
]
