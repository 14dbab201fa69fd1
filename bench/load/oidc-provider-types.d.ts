// The part of oidc-provider that the peer uses; the package brings no types of its own.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    callback(): RequestListener
    readonly Client: {
      readonly adapter: { upsert(id: string, payload: object): Promise<void> }
    }
  }

  export const errors: { readonly InvalidTarget: new () => Error }
}
