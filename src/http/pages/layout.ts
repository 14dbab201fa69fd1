// What all pages have in common (spec 01 §1.3, §1.6): a document without script, the name of the
// site that is asking, one style, and the parts that several pages are made of.
import { type Html, html, renderHtml } from '../html.ts'
import { styleElement } from './style.ts'

export interface Page {
  /** Of the window; the host of the issuer is put behind it. */
  readonly title: string
  readonly issuer: string
  /** `wide` for pages that show more than a form of a few fields. */
  readonly width: 'narrow' | 'wide'
  /** The content of `main`, which begins with the heading of the page. */
  readonly content: Html
}

/** The whole document of a page. */
export function renderPage({ title, issuer, width, content }: Page): string {
  const { host } = new URL(issuer)
  return renderHtml(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${host}</title>
${styleElement}
</head>
<body>
<header class="site">${mark}<span>${host}</span></header>
<main class="${width}">
${content}
</main>
</body>
</html>
`)
}

/**
 * A message above a form: `alarm` is read out at once by screen readers, `caution` where it stands.
 */
export function notice(tone: keyof typeof signs, text: string): Html {
  const role = { alarm: 'alert', good: 'status', caution: 'note' }[tone]
  return html`<div class="notice ${tone}" id="notice" role="${role}">
${signs[tone]}<p>${text}</p>
</div>`
}

/** The hidden field of a form. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`
}

/** A page that says one thing, such as why something cannot go on. */
export function renderMessagePage(page: {
  readonly issuer: string
  readonly title: string
  readonly text: string
}): string {
  return renderPage({
    ...page,
    width: 'narrow',
    content: html`<h1>${page.title}</h1>
<p>${page.text}</p>`,
  })
}

/** So that a notice is known by more than its colour. */
const signs = {
  alarm: html`<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75"
  stroke-linecap="round" aria-hidden="true" focusable="false">
<circle cx="10" cy="10" r="8"></circle><path d="M10 6v4.75M10 13.75v.01"></path>
</svg>`,
  good: html`<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
<circle cx="10" cy="10" r="8"></circle><path d="m6.5 10.25 2.5 2.5 4.5-5"></path>
</svg>`,
  caution: html`<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.75"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
<path d="M10 2.75 18 16.5H2L10 2.75ZM10 8.25v3.75M10 14.25v.01"></path>
</svg>`,
} as const

const mark = html`<svg viewBox="0 0 28 28" fill="none" aria-hidden="true" focusable="false">
<rect width="28" height="28" rx="8" fill="currentColor" opacity=".14"></rect>
<circle cx="11" cy="14" r="4" stroke="currentColor" stroke-width="2"></circle>
<path d="M15 14h7m-2.5 0v3.5" stroke="currentColor" stroke-width="2" stroke-linecap="round"></path>
</svg>`
