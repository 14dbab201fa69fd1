// The page on which users change their password (B38).
import { limits } from '../../base/limits.ts'
import type { User } from '../../records/user.ts'
import { type Html, html } from '../html.ts'
import { hidden, notice, renderPage } from './layout.ts'

export interface PasswordPage {
  readonly issuer: string
  readonly user: User
  /** Where the form goes, and where sign-out goes. */
  readonly action: string
  readonly logoutAction: string
  readonly csrfToken: string
  /** What came of the form that was sent, or null before one is. */
  readonly outcome: PasswordOutcome | null
}

export type PasswordOutcome =
  | { readonly tone: 'good'; readonly text: string }
  | {
      readonly tone: 'alarm'
      readonly text: string
      /** The field to correct, or null. */
      readonly field: PasswordField | null
    }

export type PasswordField = 'current_password' | 'new_password' | 'repeat_password'

/** The document. */
export function renderPasswordPage(page: PasswordPage): string {
  const { issuer, outcome, user } = page
  const isFault = outcome?.tone === 'alarm'
  return renderPage({
    title: isFault ? 'Error: Change password' : 'Change password',
    issuer,
    width: 'narrow',
    content: html`<h1>Change password</h1>
${lead(user)}
${outcome === null ? null : notice(outcome.tone, outcome.text)}
${outcome?.tone === 'good' ? null : passwordForm(page)}
${signOut(page)}`,
  })
}

function lead(user: User): Html {
  const name = user.email ?? user.name
  return name === ''
    ? html``
    : html`<p class="lead">You are signed in as <strong>${name}</strong>.</p>`
}

function passwordForm({ action, csrfToken, outcome, user }: PasswordPage): Html {
  const wrong = outcome?.tone === 'alarm' ? outcome.field : null
  return html`<form method="post" action="${action}">
${hidden('csrf_token', csrfToken)}
<input type="email" autocomplete="username" value="${user.email ?? ''}" readonly hidden>
${field('current_password', { label: 'Current password', wrong, hint: null })}
${field('new_password', {
  label: 'New password',
  wrong,
  hint: `At least ${limits.passwordCharactersMin} characters.`,
})}
${field('repeat_password', { label: 'New password again', wrong, hint: null })}
<div class="actions"><button class="button" type="submit">Change password</button></div>
<p class="quiet after">You will be signed out on all other devices.</p>
</form>`
}

function field(
  name: PasswordField,
  {
    label,
    wrong,
    hint,
  }: {
    readonly label: string
    readonly wrong: PasswordField | null
    readonly hint: string | null
  },
): Html {
  const isWrong = wrong === name
  const described = [isWrong ? 'notice' : '', hint === null ? '' : `${name}-hint`]
    .filter((id) => id !== '')
    .join(' ')
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" maxlength="${limits.passwordBytesMax}"
  autocomplete="${name === 'current_password' ? 'current-password' : 'new-password'}" required${
    described === '' ? null : html` aria-describedby="${described}"`
  }${isWrong ? html` aria-invalid="true" autofocus` : null}>
${hint === null ? null : html`<span class="quiet" id="${name}-hint">${hint}</span>`}
</div>`
}

function signOut({ logoutAction }: PasswordPage): Html {
  return html`<form class="footnote" method="post" action="${logoutAction}">
<button class="button plain" type="submit">Sign out</button>
</form>`
}
