// The warning about a server without allowed origins (spec 08 §3): it names every path that then
// breaks, as the listener itself shows, the key, the variable and both remedies.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fastify from 'fastify'
import { addCors, corsDisabled } from '../../../src/http/hooks/cors.ts'

const preflight = {
  method: 'OPTIONS',
  headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
} as const

for (const basePath of ['', '/base']) {
  describe(`the warning of a server under ${basePath === '' ? 'no path' : basePath}`, () => {
    const { message, fields } = corsDisabled(basePath)
    const consequence = String(fields['consequence'])
    const named = consequence.split(' ').flatMap((word) => /^\/[^,]+/.exec(word) ?? [])

    test('has its stable message and says where the setting is', () => {
      assert.equal(message, 'CORS is disabled')
      assert.equal(fields['key'], 'server.allowed_origins')
      assert.equal(fields['variable'], 'AUTHPLANE_SERVER_ALLOWED_ORIGINS')
    })

    test('names paths that work for browsers as soon as their origin is listed', async () => {
      const server = fastify()
      addCors(server, ['https://app.test'], basePath)
      assert.ok(named.length >= 5, consequence)
      for (const path of named) {
        const answer = await server.inject({ ...preflight, url: path })
        assert.equal(answer.headers['access-control-allow-origin'], 'https://app.test', path)
      }
    })

    test('names every endpoint that browser clients call', () => {
      for (const path of ['token', 'register', 'revoke', 'introspect']) {
        assert.ok(named.includes(`${basePath}/oauth/${path}`), path)
      }
      assert.ok(named.includes('/.well-known/'))
    })

    test('offers both remedies: a list, or one origin for both', () => {
      assert.match(String(fields['remedy']), /list the origins.*"\*".*from one origin/)
    })
  })
}
