// What a password must be like to be taken (spec 04 §1.1).
import { utf8Bytes } from '../base/bytes.ts'
import { limits } from '../base/limits.ts'

/** Whether no account has this password: it is longer than any that is taken. */
export function isOverlongPassword(password: string): boolean {
  return utf8Bytes(password).length > limits.passwordBytesMax
}

/** Why a user may not choose `password`, or null. Operators are not held to the lower bound. */
export function newPasswordFault(password: string): 'too-short' | 'too-long' | null {
  if (isOverlongPassword(password)) return 'too-long'
  return [...password].length < limits.passwordCharactersMin ? 'too-short' : null
}
