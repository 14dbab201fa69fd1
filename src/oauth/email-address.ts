// The one form in which e-mail addresses of users are stored, looked up and counted (spec 04 §1.1,
// spec 09 LG-04).

/**
 * `text` without surrounding space, in Unicode's compatibility form, lower-cased: what looks the
 * same to a person is the same account.
 */
export function foldEmailAddress(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}
