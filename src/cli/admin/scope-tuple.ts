// Scopes of a resource on the command line (spec 05 §8): tuples `name|upstream|description`, or a
// file with a JSON list of them.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { messageOf } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { readScopesDocument } from '../../oauth/resource-registration.ts'
import type { ResourceScope } from '../../records/resource.ts'
import { UsageError } from '../arguments.ts'

/** The scope of a tuple; trailing parts may be missing, and a description may hold bars. */
export function parseScopeTuple(text: string): ResourceScope {
  const [name = '', upstream = '', ...description] = text.split('|')
  return {
    name: name.trim(),
    upstream: upstream.trim(),
    description: description.join('|').trim(),
  }
}

/** The scopes in a file. @throws UsageError */
export function readScopesFile(path: string): readonly ResourceScope[] {
  const decision = readScopesDocument(parseFile(path))
  if (decision.ok) return decision.accepted
  throw new UsageError(`${path}: ${decision.problems.join('; ')}`)
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readBounded(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`cannot read ${path}: ${messageOf(error)}`)
  }
}

function readBounded(path: string): string {
  const file = openSync(path, 'r')
  try {
    if (fstatSync(file).size > limits.adminBodyBytesMax) {
      throw new UsageError(`${path} is larger than ${limits.adminBodyBytesMax} bytes`)
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
