// Attack catalogue, group CM: slow hosts and floods of client-id metadata documents (spec 09, spec
// 01 §12, threat T19).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { limits } from '../../src/base/limits.ts'
import type { AttackTarget } from '../support/attack.ts'
import {
  assertPage,
  assertSignIn,
  authorize,
  type DocumentAttack,
  startDocumentAttack,
} from '../support/document-attack.ts'
import { clientDocument, type DocumentSite, sends } from '../support/document-site.ts'
import { headerOf } from '../support/raw-http.ts'

let attack: DocumentAttack
let site: DocumentSite
let target: AttackTarget

before(async () => {
  attack = await startDocumentAttack()
  site = attack.site
  target = attack.target
})

after(() => attack.stop())

test('CM-10 a slow host is left when the time is over, and gives its place back', async () => {
  site.answers((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const drip = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(drip))
  })
  const startedMs = performance.now()
  const slow = await Promise.all(
    Array.from({ length: limits.documentFetchesMax }, () => authorize(target, attack.newId())),
  )

  for (const response of slow) assertPage(response)
  assert.ok(performance.now() - startedMs < 4000, 'the time-out is 1 s')
  const id = attack.newId()
  site.answers(sends(clientDocument(id)))
  assertSignIn(await authorize(target, id))
})

test('CM-16 five hundred requests for one dead URL ask its host once', async () => {
  const id = attack.newId()
  site.answers((response) => response.writeHead(500).end())
  const before = site.connections()

  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => authorize(target, id)))
    for (const answer of answers) assertPage(answer)
  }

  assert.equal(site.connections() - before, 1)
})

test('CM-17 five hundred URLs are few fetches at once, and the rest is told to wait', async () => {
  let open = 0
  let openMax = 0
  site.answers((response) => {
    open += 1
    openMax = Math.max(openMax, open)
    const timer = setTimeout(() => response.writeHead(500).end(), 300)
    response.on('close', () => {
      clearTimeout(timer)
      open -= 1
    })
  })

  const answers = await Promise.all(
    Array.from({ length: 500 }, () => authorize(target, attack.newId())),
  )

  assert.ok(openMax > 1 && openMax <= limits.documentFetchesMax, `${openMax} at once`)
  const refused = answers.filter(({ status }) => status === 503)
  assert.ok(refused.length > 100, `${refused.length} were told to wait`)
  for (const answer of refused) assert.match(headerOf(answer, 'retry-after') ?? '', /^\d+$/)
  for (const { status } of answers) assert.ok(status === 503 || status === 400, String(status))
  const metrics = await (await fetch(`${target.adminUrl}/metrics`)).text()
  assert.match(metrics, /authserver_cimd_fetch_suppressed_total\{reason="capacity"\} [1-9]\d\d/)
})
