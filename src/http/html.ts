// HTML by a template tag that escapes: what is put into a page is text unless it was made by the
// tag itself (spec 01 §1.6, spec 09 LG-17).

const markup: unique symbol = Symbol('markup')

/** A piece of HTML. Only `html` makes it, so that no string from outside can pose as one. */
export interface Html {
  readonly [markup]: string
}

/** What may stand in a template; null stands for nothing. */
export type HtmlValue = string | number | Html | readonly Html[] | null

/**
 * HTML from a template literal. Values are escaped for text and for attributes in double quotes,
 * which are the only places where a template may have them.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0] ?? ''
  for (const [index, value] of values.entries()) {
    text += textOf(value) + (parts[index + 1] ?? '')
  }
  return { [markup]: text }
}

/** The text of a piece of HTML, to be sent. */
export function renderHtml(piece: Html): string {
  return piece[markup]
}

function textOf(value: HtmlValue): string {
  if (value === null) return ''
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  return isList(value) ? value.map(renderHtml).join('') : value[markup]
}

/** `Array.isArray` does not tell a readonly list from the rest of a union. */
function isList(value: Html | readonly Html[]): value is readonly Html[] {
  return Array.isArray(value)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
