// How the token endpoint has to say no (RFC 6749 §5.2).
import { expect, expectSame } from './check.ts'
import { type Answer, mediaType } from './http.ts'

/** @throws Violation unless `answer` is a refusal with `code` in the form of the specification. */
export function expectRefusal(answer: Answer, code: string): void {
  expectSame(answer.members['error'], code, `the error of an answer of ${answer.status}`)
  expectSame(answer.status, code === 'invalid_client' ? 401 : 400, 'the status')
  expect(/[/+]json$/.test(mediaType(answer)), `the media type is ${mediaType(answer)}`)
  expectUncached(answer)
}

/** @throws Violation unless nobody may keep `answer`. */
export function expectUncached({ headers }: Answer): void {
  const control = headers.get('cache-control') ?? ''
  expect(control.includes('no-store'), `Cache-Control is "${control}", without no-store`)
}
