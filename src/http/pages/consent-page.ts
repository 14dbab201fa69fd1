// The consent page (spec 01 §8, CM-21): who asks, for what, and where the answer goes. Names are of
// the client's own choosing, so that hosts stand beside them and no name can reach into the text
// around it.
import type { AskedScope } from '../../oauth/consent.ts'
import { type Destination, destinationOf } from '../../oauth/redirect-uri.ts'
import type { Client } from '../../records/client.ts'
import type { Resource } from '../../records/resource.ts'
import type { User } from '../../records/user.ts'
import { type Html, html } from '../html.ts'
import { hidden, notice, renderPage } from './layout.ts'

export interface ConsentPage {
  readonly issuer: string
  /** Where the form goes. */
  readonly action: string
  readonly authorizationId: string
  readonly csrfToken: string
  readonly user: User
  readonly client: Client
  /** Null = the client asks for no resource in particular. */
  readonly resource: Resource | null
  readonly scopes: readonly AskedScope[]
  readonly redirectUri: string
  /** Whether a yes can spare the user the next question. */
  readonly isRemembered: boolean
}

/** The document. */
export function renderConsentPage(page: ConsentPage): string {
  const destination = destinationOf(page.redirectUri)
  const caution = cautionFor(destination)
  return renderPage({
    title: 'Allow access?',
    issuer: page.issuer,
    width: 'wide',
    content: html`<h1>Allow access?</h1>
<p class="lead">${leadOf(page)}</p>
${caution === null ? null : notice('caution', caution)}
<form method="post" action="${page.action}">
${hidden('session_id', page.authorizationId)}
${hidden('csrf_token', page.csrfToken)}
<fieldset>
<legend>What it may do</legend>
<div class="choices">
${page.scopes.map(choice)}
</div>
</fieldset>
<dl class="facts">
${facts(page, destination)}
</dl>
${rememberBox(page)}
<div class="actions">
<button class="button plain" type="submit" name="action" value="deny">Deny</button>
<button class="button" type="submit" name="action" value="allow">Allow</button>
</div>
</form>`,
  })
}

function leadOf({ client, resource }: ConsentPage): Html {
  const asker = html`<strong><bdi>${nameOf(client)}</bdi></strong>`
  return resource === null
    ? html`${asker} wants to act on your behalf.`
    : html`${asker} wants to use <strong><bdi>${titleOf(resource)}</bdi></strong> on your behalf.`
}

function choice({ name, description }: AskedScope): Html {
  const text =
    description === ''
      ? html`<bdi>${name}</bdi>`
      : html`<bdi>${description}</bdi><small><bdi>${name}</bdi></small>`
  return html`<label class="choice"><input type="checkbox" name="scopes" value="${name}" checked>
<span>${text}</span></label>
`
}

function facts({ client, resource, user }: ConsentPage, destination: Destination): Html {
  return html`${fact('Published by', publisherOf(client))}
${resource === null ? null : fact('Server', resourceText(resource))}
${fact('Returns to', html`<bdi>${destination.name}</bdi>${tagOf(destination)}`)}
${user.email === null ? null : fact('Your account', html`<bdi>${user.email}</bdi>`)}`
}

/** What the server knows itself about where a client comes from. */
function publisherOf({ registrationSource, cimdUrl }: Client): Html {
  switch (registrationSource) {
    case 'admin':
      return html`The operator of this site`
    case 'cimd':
      return html`<bdi>${new URL(cimdUrl).host}</bdi>`
    case 'dcr':
      return html`Unknown<small>The app registered itself, under a name of its own choice.</small>`
  }
}

function fact(term: string, description: Html): Html {
  return html`<dt>${term}</dt><dd>${description}</dd>
`
}

function resourceText(resource: Resource): Html {
  const { slug, uri } = resource
  const title = titleOf(resource)
  return html`<bdi>${title}</bdi>
${title === slug ? null : html`<small><bdi>${slug}</bdi></small>`}
${title === uri ? null : html`<small><bdi>${uri}</bdi></small>`}`
}

function tagOf({ kind }: Destination): Html | null {
  if (kind === 'site') return null
  const text = kind === 'loopback' ? 'this computer' : 'app on this device'
  return html` <span class="tag">${text}</span>`
}

function cautionFor({ kind }: Destination): string | null {
  switch (kind) {
    case 'site':
      return null
    case 'loopback':
      return (
        'The answer goes to a program on this computer, and any program here could have asked. ' +
        'Allow it only if you have just started this yourself.'
      )
    case 'app':
      return (
        'The answer opens an app on this device, and any app here could have claimed that ' +
        'address. Allow it only if you have just started this yourself.'
      )
  }
}

function rememberBox({ isRemembered, resource }: ConsentPage): Html {
  return html`<label class="choice bare">
<input type="checkbox" name="remember" value="true" checked>
<span>Remember this choice<small>${rememberText(isRemembered, resource)}</small></span></label>`
}

function rememberText(isRemembered: boolean, resource: Resource | null): string {
  if (isRemembered) return 'You are not asked again for what you allow now.'
  return resource === null
    ? 'You are asked again all the same, as this is for no server in particular.'
    : 'You are asked again all the same, as the answer stays on this device.'
}

function nameOf({ name, id }: Client): string {
  return name.trim() === '' ? id : name
}

function titleOf({ displayName, slug, uri }: Resource): string {
  return [displayName, slug].find((text) => text.trim() !== '') ?? uri
}
