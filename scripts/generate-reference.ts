// Writes everything that is generated from the code: config.example.yaml and the reference pages
// below docs/. Run as `npm run docs`; a test compares.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pages } from './reference/pages.ts'

for (const { path, render } of pages) {
  const file = new URL(`../${path}`, import.meta.url)
  mkdirSync(dirname(file.pathname), { recursive: true })
  writeFileSync(file, await render())
}
