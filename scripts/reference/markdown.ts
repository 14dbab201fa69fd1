// Pieces of Markdown that the reference pages are made of, and the filling of page texts.
import { readFileSync } from 'node:fs'

/** A table; line breaks in cells become spaces and bars are escaped. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  const rule = `| ${headings.map(() => '---').join(' | ')} |`
  return [line(headings), rule, ...rows.map(line)].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('\n', ' ').replace(/(?<!\\)\|/g, '\\|')
}

/** Inline code; an empty text stays empty. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

/** Several pieces of inline code, separated by commas. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ')
}

/** A block of code. */
export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** The anchor that a heading of ours gets on the usual hosts. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * The text of a page: its file under `text/`, in which each line `{{name}}` gives way to the part
 * of that name. @throws Error when a part is missing or left over.
 */
export function fillPage(name: string, parts: Readonly<Record<string, string>>): string {
  const template = readFileSync(new URL(`text/${name}.md`, import.meta.url), 'utf8')
  const unused = new Set(Object.keys(parts))
  const filled = template.replace(/^\{\{([a-z-]+)\}\}$/gm, (_, part: string) => {
    const text = parts[part]
    if (text === undefined) throw new Error(`text/${name}.md asks for ${part}, which is not made`)
    unused.delete(part)
    return text
  })
  if (unused.size > 0) throw new Error(`text/${name}.md leaves out ${[...unused].join(', ')}`)
  return filled
}
