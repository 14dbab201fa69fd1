// The sign-in page (spec 01 §7.3).
import { limits } from '../../base/limits.ts'
import { type Html, html } from '../html.ts'
import { hidden, notice, renderPage } from './layout.ts'

export interface LoginPage {
  readonly issuer: string
  /** Where the form goes. */
  readonly action: string
  /** False: passwords are switched off, and there is no form. */
  readonly isLocalShown: boolean
  readonly csrfToken: string
  /** Where to go after sign-in; empty = nowhere in particular. */
  readonly returnPath: string
  /** What was typed in before; empty at first. */
  readonly email: string
  /** What went wrong, or null. */
  readonly fault: string | null
}

/** Says how long to wait in the unit that people would use. */
export function lockedOutText(seconds: number): string {
  const isLong = seconds > 60
  const count = isLong ? Math.ceil(seconds / 60) : seconds
  const unit = isLong ? 'minute' : 'second'
  return `Too many failed attempts. Try again in ${count} ${unit}${count === 1 ? '' : 's'}.`
}

/** The document. */
export function renderLoginPage(page: LoginPage): string {
  const { issuer, fault } = page
  return renderPage({
    title: fault === null ? 'Sign in' : 'Error: Sign in',
    issuer,
    width: 'narrow',
    content: html`<h1>Sign in</h1>
${page.isLocalShown ? passwordForm(page) : html`<p>Passwords are not accepted here.</p>`}`,
  })
}

function passwordForm({ action, csrfToken, returnPath, email, fault }: LoginPage): Html {
  const state = fault === null ? null : html` aria-describedby="notice"`
  const focus = html` autofocus`
  const isFirst = email === ''
  return html`<p class="lead">Use your e-mail address and password.</p>
${fault === null ? null : notice('alarm', fault)}
<form method="post" action="${action}">
${hidden('csrf_token', csrfToken)}
${hidden('redirect', returnPath)}
<div class="field">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" value="${email}" autocomplete="username"
  maxlength="${limits.emailBytesMax}" spellcheck="false" required${state}${isFirst ? focus : null}>
</div>
<div class="field">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
  maxlength="${limits.passwordBytesMax}" required${state}${isFirst ? null : focus}>
</div>
<div class="actions"><button class="button" type="submit">Sign in</button></div>
</form>`
}
