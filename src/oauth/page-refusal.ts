// Refusals that a person is told on a page of ours, because nobody else may be told: the redirect
// URI is not known to be the client's, or the browser is not the one that began (spec 01 §6, §8).

/** Status per reason. */
export const pageRefusalStatus = {
  'response-type': 400,
  'unknown-client': 400,
  'inactive-client': 403,
  'redirect-uri': 400,
  'unknown-resource': 400,
  'ambiguous-resource': 400,
  'brokered-resource': 400,
  'authorization-unnamed': 400,
  'authorization-gone': 400,
  'signed-out': 401,
  'foreign-form': 403,
  'unclear-answer': 400,
  'nothing-chosen': 400,
  'scope-not-asked': 400,
} as const
export type PageRefusalReason = keyof typeof pageRefusalStatus

export class PageRefusal extends Error {
  override readonly name = 'PageRefusal'
  readonly reason: PageRefusalReason

  constructor(reason: PageRefusalReason) {
    super(reason)
    this.reason = reason
  }

  get status(): number {
    return pageRefusalStatus[this.reason]
  }
}
