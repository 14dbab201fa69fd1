// A client that is known by a document: its site on the loopback network, with an authority of its
// own that the authorization server is told to trust.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientDocument, openDocumentSite, sends } from '../support/document-site.ts'
import { placeFor } from '../support/temporary-directory.ts'

export interface PublishedClient {
  /** URL of the document, and with it the client's id. */
  readonly url: string
  /** Variables of a server that can read it. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Publishes a native client; its redirect URI names no port, as in documents of real clients. */
export async function publishClient(redirectPath: string): Promise<PublishedClient> {
  const site = await openDocumentSite()
  const place = placeFor(undefined, 'authserver-authority')
  const url = site.url('/client.json', 'localhost')
  const redirects = { redirect_uris: [`http://127.0.0.1${redirectPath}`] }
  const method = { token_endpoint_auth_method: 'none' }
  site.answers(sends(clientDocument(url, { ...redirects, ...method })))
  const authorityPath = join(place.path, 'authority.pem')
  writeFileSync(authorityPath, site.authority)
  return {
    url,
    environment: {
      AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES: 'true',
      NODE_EXTRA_CA_CERTS: authorityPath,
    },
    stop: async () => {
      await site.stop()
      place.discard()
    },
  }
}
