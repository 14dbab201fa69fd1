// Pages on which an authorization ends without a client being told (spec 01 §6, §8, AZ-15), and the
// help for those who open the address by hand (§10.6.5).
import type { OAuthError } from '../../oauth/oauth-error.ts'
import type { PageRefusalReason } from '../../oauth/page-refusal.ts'
import { destinationOf } from '../../oauth/redirect-uri.ts'
import type { Client } from '../../records/client.ts'
import { html } from '../html.ts'
import { renderPage } from './layout.ts'

interface Words {
  readonly title: string
  readonly text: string
}

const startAgain = 'Go back to the app and start again.'
const badRequest = 'The app sent a wrong request'

const words: Readonly<Record<PageRefusalReason, Words>> = {
  'response-type': {
    title: badRequest,
    text: 'It did not ask for a code, which is all that this server hands out (response_type).',
  },
  'unknown-client': {
    title: 'This app is not known here',
    text:
      'This server has no app of that client_id, or could not read its description. ' +
      'In the app, remove this connection and add it again.',
  },
  'inactive-client': {
    title: 'This app is switched off',
    text: 'The operator of this site has stopped it. Ask there if you need it.',
  },
  'redirect-uri': {
    title: badRequest,
    text:
      'The address to return to (redirect_uri) is missing or not registered for the app, and ' +
      'you are not sent to an address that nobody vouches for.',
  },
  'unknown-resource': {
    title: 'This server is not registered',
    text: 'The app asked for access to a resource that is not registered here.',
  },
  'ambiguous-resource': {
    title: 'This server is registered twice',
    text: 'The app asked for access to a resource of which there are several. Tell the operator.',
  },
  'brokered-resource': {
    title: 'There is nothing to allow here',
    text: 'Access to this resource is not granted to apps directly.',
  },
  'authorization-unnamed': {
    title: 'Nothing to answer',
    text: `This page is reached from an app that asks for access. ${startAgain}`,
  },
  'authorization-gone': {
    title: 'This question is over',
    text: `It was answered already, it has expired, or somebody else was asked. ${startAgain}`,
  },
  'signed-out': {
    title: 'You are signed out',
    text: `Your session ended before you answered. Nothing was allowed. ${startAgain}`,
  },
  'foreign-form': {
    title: 'This form is out of date',
    text: `It belongs to another session. Nothing was allowed. ${startAgain}`,
  },
  'unclear-answer': {
    title: 'This answer is incomplete',
    text: `It is neither a yes nor a no. Nothing was allowed. ${startAgain}`,
  },
  'nothing-chosen': {
    title: 'Nothing was chosen',
    text: 'Go back and tick at least one thing that the app may do, or deny the request.',
  },
  'scope-not-asked': {
    title: 'That was not the question',
    text: `The answer allows something that was not asked for. Nothing was allowed. ${startAgain}`,
  },
}

/** Why an authorization does not go on; `reference` finds the request in the log. */
export function renderRefusalPage(refusal: {
  readonly issuer: string
  readonly reason: PageRefusalReason
  readonly reference: string
}): string {
  const { title, text } = words[refusal.reason]
  return renderPage({
    title,
    issuer: refusal.issuer,
    width: 'narrow',
    content: html`<h1>${title}</h1>
<p>${text}</p>
<p class="footnote">Reference <code>${refusal.reference}</code></p>`,
  })
}

/** An error that the client may be told, if the person at the browser wants that. */
export function renderOfferPage(offer: {
  readonly issuer: string
  readonly error: OAuthError
  readonly client: Client
  readonly redirectUri: string
  /** Where the link goes. */
  readonly location: string
}): string {
  const { name } = destinationOf(offer.redirectUri)
  return renderPage({
    title: badRequest,
    issuer: offer.issuer,
    width: 'narrow',
    content: html`<h1>${badRequest}</h1>
<p>The request of <strong><bdi>${offer.client.name}</bdi></strong> was refused:
${offer.error.message} (<code>${offer.error.code}</code>).</p>
<p>You can tell the app by going back to it. It has registered itself, so look at the address
first.</p>
<p class="actions"><a class="button plain" rel="noreferrer" href="${offer.location}"><span>Back
to <bdi>${name}</bdi></span></a></p>`,
  })
}

/** What to do instead of opening this address. */
export function renderHelpPage(issuer: string): string {
  const title = 'Connect from your app'
  return renderPage({
    title,
    issuer,
    width: 'narrow',
    content: html`<h1>${title}</h1>
<p>An app that needs your permission has sent you here. Permission is given when the app itself
opens the sign-in: go back to it, connect to the server again, and allow what it asks for.</p>
<p class="footnote">For developers: the authorization endpoint is
<code>${issuer}/oauth/authorize</code>.</p>`,
  })
}
