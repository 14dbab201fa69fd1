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
const colon = 0x3a
const space = 0x20
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

/** Whether valid JSON names a member twice in one object; looks at each character once. */
function hasRepeatedMember(json: string): boolean {
  // The names of each object that is open; made with its first member, as most values have none.
  const open: (Set<string> | null)[] = []
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === quote) {
      const end = endOfText(json, at)
      if (isFollowedByColon(json, end)) {
        const names = open[open.length - 1] ?? new Set()
        open[open.length - 1] = names
        const name: string = JSON.parse(json.slice(at, end))
        if (names.has(name)) return true
        names.add(name)
      }
      at = end - 1
    } else if (opening.has(code)) open.push(null)
    else if (closing.has(code)) open.pop()
  }
  return false
}

/** Where the string that begins at `start` is over. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === backslash) at += 1
    else if (code === quote) return at + 1
  }
  return json.length
}

function isFollowedByColon(json: string, start: number): boolean {
  let at = start
  while (at < json.length && json.charCodeAt(at) <= space) at += 1
  return json.charCodeAt(at) === colon
}
