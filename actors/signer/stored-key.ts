// One key as it lies in the directory: the triple `.pem`, `.kid`, `.alg` of spec 02 §7.2, its
// checks on the way in and its form on the way out. Errors name the file and the way out, never its
// content.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { OperationalError } from '../../src/base/errors.ts'
import { type SigningAlgorithm, signingAlgorithms } from '../../src/records/signing-key.ts'

export const keyParts = ['pem', 'kid', 'alg'] as const
export type KeyPart = (typeof keyParts)[number]

/** Content of one file of a triple, with the path it was read from. */
export interface PartFile {
  readonly path: string
  readonly content: Buffer | null
}
export type KeyTriple = Readonly<Record<KeyPart, PartFile>>

export interface ParsedKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

const generate = promisify(generateKeyPair)
const pkcs8Label = '-----BEGIN PRIVATE KEY-----'
const kidPattern = /^[\x21-\x7e]{1,128}$/
const restore = 'restore the three files of this key from a backup, or move them all away'

/**
 * The key of a triple; null when it has no `.pem`. @throws OperationalError when it is not a key.
 */
export function parseTriple(triple: KeyTriple): ParsedKey | null {
  if (triple.pem.content === null) return null
  const algorithm = parseAlgorithm(triple)
  const kid = parseKid(triple)
  const key = parsePem(triple.pem.path, triple.pem.content)
  if (!isFitting(key, algorithm)) {
    throw new OperationalError(
      `the key in ${triple.pem.path} does not fit ${algorithm} of ${triple.alg.path}: ${restore}`,
    )
  }
  if (!hasMatchingHalves(key)) {
    throw new OperationalError(`${triple.pem.path} is damaged, its halves do not match: ${restore}`)
  }
  return { kid, algorithm, key }
}

/** Generates a key pair off this thread and returns the private half as PKCS#8 PEM bytes. */
export async function generatePem(algorithm: SigningAlgorithm): Promise<Buffer> {
  const { privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 })
  return Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'latin1')
}

function parseAlgorithm(triple: KeyTriple): SigningAlgorithm {
  const text = requiredText(triple.alg, triple.pem.path)
  const algorithm = signingAlgorithms.find((known) => known === text)
  if (algorithm === undefined) {
    throw new OperationalError(`${triple.alg.path} must hold ES256 or RS256: ${restore}`)
  }
  return algorithm
}

function parseKid(triple: KeyTriple): string {
  const kid = requiredText(triple.kid, triple.pem.path)
  if (!kidPattern.test(kid)) {
    throw new OperationalError(
      `${triple.kid.path} must hold a key id of 1 to 128 printable characters: ${restore}`,
    )
  }
  return kid
}

function requiredText(file: PartFile, pemPath: string): string {
  if (file.content === null) {
    throw new OperationalError(`${file.path} is missing beside ${pemPath}: ${restore}`)
  }
  return file.content.toString('utf8').trim()
}

function parsePem(path: string, pem: Buffer): KeyObject {
  if (!pem.includes(pkcs8Label)) {
    throw new OperationalError(
      `${path} is not an unencrypted PKCS#8 private key in PEM form: ` +
        'convert it with `openssl pkcs8 -topk8 -nocrypt`, or restore it from a backup',
    )
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch (cause) {
    throw new OperationalError(`${path} cannot be parsed as a private key: ${restore}`, { cause })
  }
}

function isFitting(key: KeyObject, algorithm: SigningAlgorithm): boolean {
  const details = key.asymmetricKeyDetails
  return algorithm === 'ES256'
    ? key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1'
    : key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048
}

const probe = Buffer.from('does this key sign what it verifies?')

/** A damaged file can still parse; its signatures would be refused by everybody. */
function hasMatchingHalves(key: KeyObject): boolean {
  return verify('sha256', probe, createPublicKey(key), sign('sha256', probe, key))
}
