// Whether a server answers at a URL (spec 05 §8, `healthcheck`; 08 §2): what container platforms
// ask, from inside the container.
import { messageOf } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { probe } from '../../outbound/probe.ts'

/** Resolves when `url` answers with a status of success. @throws Error that says what happened. */
export async function checkLiveness(url: URL): Promise<void> {
  const status = await statusOf(url)
  if (status >= 200 && status < 300) return
  throw new Error(`${url.href} answered with status ${status}`)
}

async function statusOf(url: URL): Promise<number> {
  try {
    return await probe(url, { timeoutMs: limits.readyAskMs })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new Error(`${url.href} did not answer within ${limits.readyAskMs / 1000} s`)
    }
    throw new Error(`${url.href} cannot be reached: ${messageOf(error)}`, { cause: error })
  }
}
