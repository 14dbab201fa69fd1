// GET /errors/{code}: a short page behind the `type` of each error answer (B41).
import type { FastifyInstance } from 'fastify'
import { type OAuthErrorCode, oauthErrorStatus } from '../../oauth/oauth-error.ts'
import { html } from '../html.ts'
import { oneOf, pathParameters, text } from '../openapi/json-schema.ts'
import { answer, describedBy, type Operation } from '../openapi/operation.ts'
import { renderPage } from '../pages/layout.ts'
import { refusals } from './refusals.ts'

/** What a code means and the way out, for the person who follows the link. */
export const errorExplanations: Readonly<Record<OAuthErrorCode, string>> = {
  invalid_request:
    'The request is malformed: a parameter is missing, repeated or not encoded correctly.',
  invalid_client:
    'The client could not be authenticated. Check client_id and client_secret, send them by one ' +
    'method only, and see whether the client is active.',
  invalid_grant: 'The code, token or assertion presented is invalid, expired or already used.',
  unauthorized_client:
    'The client is not registered for this grant. An administrator can add it to grant_types.',
  unsupported_grant_type: 'The grant is unknown to this server or switched off.',
  invalid_scope:
    'A requested scope is unknown, not declared by the resource, or not granted to the client.',
  invalid_target: 'The requested resource is not registered on this server.',
  invalid_dpop_proof: 'The DPoP proof is missing, malformed, expired or was used before.',
  use_dpop_nonce:
    'The DPoP proof lacks a nonce, or its nonce has expired. Take the one in the DPoP-Nonce ' +
    'header of this answer and send a new proof.',
  invalid_redirect_uri:
    'A redirect URI may not be registered here. Use https, http on a loopback host, or the ' +
    'private-use scheme of a native app; in the mode approved_redirects only listed URIs.',
  invalid_client_metadata:
    'The metadata of the client is invalid; the description names each fault.',
  access_denied: 'The policy of this server does not allow this request.',
  slow_down: 'Too many requests from one address. Wait as long as Retry-After says.',
  server_error: 'The server failed. Its log holds the cause under the id in X-Request-ID.',
  temporarily_unavailable:
    'The server cannot answer right now. Nothing was issued; repeat after Retry-After.',
}

const operation: Operation = {
  operationId: 'getErrorPage',
  summary: 'What an error code means, for people',
  tags: ['Documentation'],
  params: pathParameters({ code: oneOf(Object.keys(errorExplanations)) }),
  response: {
    200: answer('A page.', 'text/html', text),
    404: answer('There is no such code.', 'text/plain', text),
    ...refusals(400, 429, 500),
  },
}

/** Adds one page per error code. */
export function addErrorPages(
  server: FastifyInstance,
  { issuer, basePath }: { readonly issuer: string; readonly basePath: string },
): void {
  const codes = Object.keys(errorExplanations) as readonly OAuthErrorCode[]
  const pages = new Map<string, string>(codes.map((code) => [code, render(issuer, code)]))
  server.get<{ Params: { code: string } }>(
    `${basePath}/errors/:code`,
    describedBy(operation),
    (request, reply) => {
      const page = pages.get(request.params.code)
      if (page === undefined) return reply.callNotFound()
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('cache-control', 'public, max-age=3600')
        .send(page)
    },
  )
}

function render(issuer: string, code: OAuthErrorCode): string {
  return renderPage({
    title: code,
    issuer,
    width: 'wide',
    content: html`<h1><code>${code}</code></h1>
<p>${errorExplanations[code]}</p>
<p class="footnote">Status ${oauthErrorStatus[code]}</p>`,
  })
}
