// The compact form of a signed message (RFC 7515 §7.1), taken apart and not yet trusted.
import { limits } from '../base/limits.ts'
import { readStrictJson } from '../base/strict-json.ts'
import { isJsonObject, type JsonObject } from './json-document.ts'

/** The three parts as sent; nothing is verified. */
export interface CompactJws {
  readonly header: string
  readonly payload: string
  readonly signature: string
  /** What the signature is over. */
  readonly signingInput: string
}

const form = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** The parts of `text` if it is short enough and has the form, else null. */
export function splitCompactJws(text: string, charactersMax: number): CompactJws | null {
  if (text.length > charactersMax) return null
  const [, header, payload, signature] = form.exec(text) ?? []
  if (header === undefined || payload === undefined || signature === undefined) return null
  return { header, payload, signature, signingInput: text.slice(0, -signature.length - 1) }
}

/** Bytes of a part, or null when it is not the one base64url spelling of any. */
export function decodeBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null // Node passes over what does not fit
}

/** The JSON object that a part holds, or null. */
export function decodeJsonPart(text: string): JsonObject | null {
  const bytes = decodeBase64url(text)
  if (bytes === null) return null
  const reading = readStrictJson(bytes, limits.jsonDepthMax)
  return reading.ok && isJsonObject(reading.value) ? reading.value : null
}
