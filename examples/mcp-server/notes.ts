// The MCP server that is protected: notes in memory, a tool to read them and one that needs more
// than that. It learns who calls from `authInfo` and does not care how that was found out.
import { fromJsonSchema, McpServer, requireScopes } from '@modelcontextprotocol/server'

const notesMax = 100
const notes = new Map<string, string[]>()
const noArguments = fromJsonSchema({ type: 'object' })
const oneNote = fromJsonSchema<{ text: string }>({
  type: 'object',
  properties: { text: { type: 'string', minLength: 1, maxLength: 1000 } },
  required: ['text'],
})

/** What a token can allow here. */
export const scopes = {
  required: ['notes:read'],
  supported: ['notes:read', 'notes:write'],
}

/** A server for one request, as the SDK wants it. */
export function makeNotesServer(): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool(
    'list_notes',
    { description: 'Lists your notes', inputSchema: noArguments },
    (_, { http }) => say(notesOf(http?.authInfo?.extra).join('\n') || 'no notes yet'),
  )
  server.registerTool(
    'add_note',
    {
      description: 'Adds a note',
      inputSchema: oneNote,
      // All that the call needs, not only what is missing: clients ask for exactly this.
      scopeChallenge: requireScopes('notes:read', 'notes:write'),
    },
    ({ text }, { http }) => {
      const own = notesOf(http?.authInfo?.extra)
      if (own.push(text) > notesMax) own.shift()
      return say(`kept as note ${own.length}`)
    },
  )
  return server
}

/** The notes of whom the token is about. */
function notesOf(extra: Record<string, unknown> | undefined): string[] {
  const subject = String(extra?.['subject'])
  const own = notes.get(subject) ?? []
  notes.set(subject, own)
  return own
}

function say(text: string) {
  return { content: [{ type: 'text' as const, text }] }
}
