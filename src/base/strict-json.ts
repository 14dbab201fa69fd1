// JSON from outside (RFC 8259, I-JSON RFC 7493): strict UTF-8, bounded depth, no member twice. What
// two readers could understand differently is not understood at all.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Why bytes are not read as JSON. */
export type JsonFault = 'invalid' | 'too-deep' | 'repeated-member'

export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: JsonFault }

/** Parses JSON whose lists and objects lie at most `depthMax` inside each other. */
export function readStrictJson(bytes: Uint8Array, depthMax: number): JsonReading {
  // Asked before parsing: half a million lists inside each other take the parser far too long.
  if (isTooDeep(bytes, depthMax)) return { ok: false, fault: 'too-deep' }
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (hasRepeatedMember(text)) return { ok: false, fault: 'repeated-member' }
    return { ok: true, value }
  } catch {
    return { ok: false, fault: 'invalid' }
  }
}

const quote = 0x22
const backslash = 0x5c
const opening: ReadonlySet<number | undefined> = new Set([0x5b /* [ */, 0x7b /* { */])
const closing: ReadonlySet<number | undefined> = new Set([0x5d /* ] */, 0x7d /* } */])

function isTooDeep(json: Uint8Array, depthMax: number): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < json.length && depth <= depthMax; at += 1) {
    const byte = json[at]
    if (isText && byte === backslash) at += 1
    else if (byte === quote) isText = !isText
    else if (!isText && opening.has(byte)) depth += 1
    else if (!isText && closing.has(byte)) depth -= 1
  }
  return depth > depthMax
}

/** Strings with a following colon, braces and brackets: all that matters of valid JSON here. */
const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g

function hasRepeatedMember(json: string): boolean {
  const open: Set<string>[] = []
  for (const [token, colon] of json.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) {
      const name: string = JSON.parse(token.slice(0, -colon.length))
      const names = open.at(-1)
      if (names?.has(name)) return true
      names?.add(name)
    }
  }
  return false
}
