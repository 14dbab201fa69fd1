// Lines of `key=value` pairs, for audit details and for the command line: a value never looks like
// the next pair or the next line, whoever chose it.

/** `key=value`; a value with white space, quotes or invisible characters is quoted as JSON. */
export function keyValue(key: string, value: string): string {
  if (!/[\s"\p{C}]/u.test(value)) return `${key}=${value}`
  const quoted = JSON.stringify(value).replace(/[\p{C}\u2028\u2029]/gu, escaped)
  return `${key}=${quoted}`
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
