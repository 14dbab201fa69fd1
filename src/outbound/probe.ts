// One request that asks whether a server is there (spec 05 §8, `healthcheck`): no redirect, no
// body, a bound on the whole. Its URL is the operator's, hence its address is not filtered.
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'

/** Status of the answer to GET. @throws Error when there is none within `timeoutMs`. */
export function probe(url: URL, { timeoutMs }: { readonly timeoutMs: number }): Promise<number> {
  const get = url.protocol === 'https:' ? getHttps : getHttp
  return new Promise((resolve, reject) => {
    const options = { agent: false, signal: AbortSignal.timeout(timeoutMs) }
    const request = get(url, options, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', (error) => {
      const { cause } = error
      reject(cause instanceof DOMException && cause.name === 'TimeoutError' ? cause : error)
    })
  })
}
