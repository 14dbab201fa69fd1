// GET and POST /account/password (B38): the page on which signed-in users change their password.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../../base/limits.ts'
import {
  type ChangePassword,
  createChangePassword,
  type PasswordChangeResult,
} from '../../flows/login/change-password.ts'
import type { SignedIn } from '../../flows/login/current-user.ts'
import type { Services } from '../../flows/services.ts'
import { formToken, isFormToken } from '../../oauth/csrf.ts'
import { returnQuery } from '../../oauth/return-path.ts'
import { formOf } from '../body.ts'
import { readSignedIn, setSessionCookie } from '../browser-session.ts'
import { traceOf } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import { type PasswordOutcome, renderPasswordPage } from '../pages/account-page.ts'
import { renderMessagePage } from '../pages/layout.ts'
import { lockedOutText } from '../pages/login-page.ts'
import { pageProblem } from '../pages/page-problem.ts'
import { sendPage } from '../pages/send-page.ts'
import { seeOther } from '../see-other.ts'
import { changePasswordOperation, passwordPageOperation } from './login-operations.ts'
import type { BrowserRouteOptions } from './login-routes.ts'

interface Parts extends BrowserRouteOptions {
  readonly services: Services
  readonly changePassword: ChangePassword
  readonly path: string
}

interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly signedIn: SignedIn
}

interface Showing {
  readonly status: number
  readonly outcome: PasswordOutcome | null
}

/** Adds the routes. */
export function addAccountRoutes(
  server: FastifyInstance,
  services: Services,
  options: BrowserRouteOptions,
): void {
  const path = `${options.basePath}/account/password`
  const parts: Parts = {
    ...options,
    services,
    path,
    changePassword: createChangePassword(services),
  }
  const { issuer } = services.settings.features
  const errorHandler = pageProblem({ issuer, log: services.log })

  server.get(path, { ...describedBy(passwordPageOperation), errorHandler }, (request, reply) =>
    whenSignedIn(parts, { request, reply }, (visit) =>
      show(parts, visit, { status: 200, outcome: null }),
    ),
  )
  server.route({
    ...describedBy(changePasswordOperation),
    method: 'POST',
    url: path,
    onRequest: options.shedder.guard('POST', path, 'page'),
    errorHandler,
    handler: (request, reply) =>
      whenSignedIn(parts, { request, reply }, (visit) => takeForm(parts, visit)),
  })
}

/** Lets `work` answer for a signed-in local user; others are sent to sign in, or told why not. */
async function whenSignedIn(
  { services, basePath, path }: Parts,
  { request, reply }: Omit<Visit, 'signedIn'>,
  work: (visit: Visit) => FastifyReply | Promise<FastifyReply>,
): Promise<FastifyReply> {
  const signedIn = await readSignedIn(services, request, reply)
  if (signedIn === null) return seeOther(reply, `${basePath}/login?${returnQuery(path)}`)
  if (signedIn.user.provider === 'local') return work({ request, reply, signedIn })
  return refuse(services, reply, {
    title: 'Your password is not kept here',
    text: 'You sign in through another service. Change your password there.',
  })
}

function refuse(
  { settings }: Services,
  reply: FastifyReply,
  words: { readonly title: string; readonly text: string },
): FastifyReply {
  const document = renderMessagePage({ ...words, issuer: settings.features.issuer })
  return sendPage(reply, { status: 403, document, formTargets: [] })
}

async function takeForm(parts: Parts, visit: Visit): Promise<FastifyReply> {
  const { services } = parts
  const { request, reply, signedIn } = visit
  const form = formOf(request)
  const token = form.get('csrf_token') ?? ''
  const { csrf } = services.settings.session.keys
  if (!isFormToken(token, { held: signedIn.session.cookie, key: csrf })) {
    return refuse(services, reply, {
      title: 'This form is out of date',
      text: 'It belongs to another session. Open the page again and fill in the form once more.',
    })
  }
  const newPassword = form.get('new_password') ?? ''
  if (newPassword !== (form.get('repeat_password') ?? '')) return show(parts, visit, mismatch)
  const result = await parts.changePassword({
    signedIn,
    currentPassword: form.get('current_password') ?? '',
    newPassword,
    ip: parts.addressOf(request),
    trace: traceOf(request),
  })
  if (result.kind !== 'changed') return show(parts, visit, showingOf(result, reply))
  const { sessionCookie: cookie } = result
  setSessionCookie(reply, cookie, services.settings.session)
  const renewed = { ...signedIn, session: { ...signedIn.session, cookie } }
  return show(parts, { ...visit, signedIn: renewed }, changed)
}

const changed: Showing = {
  status: 200,
  outcome: { tone: 'good', text: 'Your password is changed. All other devices are signed out.' },
}

const mismatch: Showing = {
  status: 422,
  outcome: {
    tone: 'alarm',
    text: 'The two new passwords are not the same.',
    field: 'repeat_password',
  },
}

function showingOf(
  result: Exclude<PasswordChangeResult, { kind: 'changed' }>,
  reply: FastifyReply,
): Showing {
  const alarm = (text: string, field: 'current_password' | 'new_password' | null): Showing => ({
    status: 422,
    outcome: { tone: 'alarm', text, field },
  })
  switch (result.kind) {
    case 'wrong-password':
      return alarm('The current password is wrong.', 'current_password')
    case 'too-short':
      return alarm(
        `The new password needs at least ${limits.passwordCharactersMin} characters.`,
        'new_password',
      )
    case 'too-long':
      return alarm('The new password is too long.', 'new_password')
    case 'not-possible':
      return alarm('The password of this account cannot be changed here.', null)
    case 'locked-out': {
      const seconds = Math.max(1, Math.ceil(result.retryAfterMs / 1000))
      reply.header('retry-after', String(seconds))
      return { ...alarm(lockedOutText(seconds), null), status: 429 }
    }
  }
}

function show(parts: Parts, { reply, signedIn }: Visit, showing: Showing): FastifyReply {
  const { settings } = parts.services
  const document = renderPasswordPage({
    issuer: settings.features.issuer,
    user: signedIn.user,
    action: parts.path,
    logoutAction: `${parts.basePath}/logout`,
    csrfToken: formToken(signedIn.session.cookie, settings.session.keys.csrf),
    outcome: showing.outcome,
  })
  return sendPage(reply, { status: showing.status, document, formTargets: [] })
}
