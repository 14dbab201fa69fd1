// docs/README.md: every page below docs/ with its heading and its first sentence.
import { readdirSync, readFileSync } from 'node:fs'
import { fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

const docs = new URL('../../docs/', import.meta.url)

export const indexPage: Page = {
  path: 'docs/README.md',
  render: () =>
    fillPage('index', {
      start: pageTable('start'),
      guides: pageTable('guides'),
      operate: pageTable('operate'),
      security: pageTable('security'),
      reference: pageTable('reference'),
      internals: pageTable('internals'),
      decisions: headingsIn('adr'),
    }),
}

interface DocsPage {
  readonly path: string
  readonly heading: string
  readonly sentence: string
}

function pagesIn(folder: string): readonly DocsPage[] {
  const names = readdirSync(new URL(`${folder}/`, docs)).filter((name) => name.endsWith('.md'))
  return names.toSorted().map((name) => {
    const path = `${folder}/${name}`
    const [heading = '', ...paragraphs] = readFileSync(new URL(path, docs), 'utf8').split('\n\n')
    // A line in italics says how a page is made, not what it holds.
    const first = paragraphs.find((text) => /^[A-Z`]/.test(text)) ?? ''
    const sentence = /^(.*?\.)(?:\s|$)/s.exec(first)?.[1] ?? first
    return { path, heading: heading.replace(/^# /, ''), sentence: withoutLinks(sentence) }
  })
}

/** Links are relative to their own page. */
function withoutLinks(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}

function pageTable(folder: string): string {
  const rows = pagesIn(folder).map(({ path, heading, sentence }) => [
    `[${heading}](${path})`,
    sentence,
  ])
  return table(['Page', 'Holds'], rows)
}

function headingsIn(folder: string): string {
  return pagesIn(folder)
    .map(({ path, heading }) => `- [${heading}](${path})`)
    .join('\n')
}
