// Starts the example: notes over MCP, for whoever has a token of the authorization server for them.
import { createMcpHandler } from '@modelcontextprotocol/server'
import { serverFor } from './node-http.ts'
import { makeNotesServer, scopes } from './notes.ts'
import { protect } from './protect.ts'

const {
  AUTHPLANE_ISSUER = 'http://localhost:9000',
  AUTHPLANE_RESOURCE = 'http://localhost:3000/mcp',
} = process.env
const { origin, port } = new URL(AUTHPLANE_RESOURCE)
const { HOST = 'localhost', PORT = port || '80' } = process.env
const mcp = createMcpHandler(makeNotesServer)

// These five lines are all that protects it.
const whoCalls = protect({ AUTHPLANE_ISSUER, AUTHPLANE_RESOURCE }, scopes)
const server = serverFor(origin, async (request) => {
  const caller = await whoCalls(request)
  return caller instanceof Response ? caller : mcp.fetch(request, { authInfo: caller })
})

server.listen(Number(PORT), HOST, () => {
  console.log(`notes at ${AUTHPLANE_RESOURCE}, for tokens of ${AUTHPLANE_ISSUER}`)
})
