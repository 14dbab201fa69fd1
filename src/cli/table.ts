// Rows for people (spec 05 §8): aligned columns under a heading, or one block per row where the
// terminal is too narrow for that.
export type Pairs = Readonly<Record<string, string>>

/** Ids and secrets are shorter than this and are never cut: they are there to be copied. */
const uncutWidth = 48
const gap = '  '

/**
 * Text of `rows` within `columns` (null = any width). Rows of the same keys share a heading; a row
 * that does not fit is shown whole, as a block.
 */
export function renderTable(rows: readonly Pairs[], columns: number | null): string {
  if (rows.length === 0) return '(none)\n'
  const groups: Pairs[][] = []
  for (const row of rows) {
    const group = groups.at(-1)
    if (group?.[0] !== undefined && sameKeys(group[0], row)) group.push(row)
    else groups.push([row])
  }
  return groups.map((group) => renderGroup(group, columns ?? Number.MAX_SAFE_INTEGER)).join('\n')
}

function sameKeys(left: Pairs, right: Pairs): boolean {
  return Object.keys(left).join() === Object.keys(right).join()
}

function renderGroup(rows: readonly Pairs[], columns: number): string {
  const headings = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => Object.values(row).map(visible))
  const widths = headings.map((heading, at) =>
    Math.max(...[heading, ...cells.map((row) => row[at] ?? '')].map(widthOf)),
  )
  const fitted = rows.length === 1 ? widths : fit(widths, columns)
  if (totalOf(fitted) > columns) return rows.map(renderBlock).join('\n')
  const line = (texts: readonly string[]): string =>
    `${texts.map((text, at) => pad(text, fitted[at] ?? 0)).join(gap)}`.trimEnd()
  return [headings.map((heading) => heading.toUpperCase()), ...cells]
    .map((texts) => `${line(texts)}\n`)
    .join('')
}

function renderBlock(row: Pairs): string {
  const width = Math.max(...Object.keys(row).map(widthOf))
  return Object.entries(row)
    .map(([key, value]) => `${pad(key.toUpperCase(), width)}${gap}${visible(value)}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('')
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1))
}

/** Takes from the widest column until the line fits or nothing is left that may be cut. */
function fit(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths]
  for (let excess = totalOf(fitted) - columns; excess > 0; excess -= 1) {
    const widest = Math.max(...fitted)
    if (widest <= uncutWidth) break
    fitted[fitted.indexOf(widest)] = widest - 1
  }
  return fitted
}

/** The text in exactly `width` columns; what is too long ends in an ellipsis. */
function pad(text: string, width: number): string {
  const missing = width - widthOf(text)
  if (missing >= 0) return text + ' '.repeat(missing)
  let kept = ''
  let room = width - 1
  for (const { segment } of segmenter.segment(text)) {
    room -= segmentWidth(segment)
    if (room < 0) break
    kept += segment
  }
  return pad(`${kept}…`, width)
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += segmentWidth(segment)
  return width
}

const narrowForm = /^[\uFF61-\uFFDC]/
const wideScript = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const wideSymbol = /^[\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]/u

/** Columns that terminals give one character, its accents included. */
function segmentWidth(segment: string): number {
  const isWide = wideScript.test(segment) || wideSymbol.test(segment)
  return isWide && !narrowForm.test(segment) ? 2 : 1
}

/** Invisible characters as escapes: names are chosen by others, and may not steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
}
