// What a generated page is: where it lies, and how its text is made.

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly render: () => string | Promise<string>
}
