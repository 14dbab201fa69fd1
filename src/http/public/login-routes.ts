// GET and POST /login, POST /logout (spec 01 §7.3–7.5): cookies and forms to calls of flows, their
// results to pages and redirects.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { logOut } from '../../flows/login/logout.ts'
import {
  createPasswordLogin,
  type LoginResult,
  type PasswordLogin,
} from '../../flows/login/password-login.ts'
import type { Services } from '../../flows/services.ts'
import {
  formToken,
  isFormToken,
  isLoginNonce,
  loginNonceCookie,
  loginNonceMaxAgeSeconds,
  newLoginNonce,
} from '../../oauth/csrf.ts'
import type { Form } from '../../oauth/form.ts'
import { safeReturnPath } from '../../oauth/return-path.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { formOf } from '../body.ts'
import { sessionCookieOf, setSessionCookie } from '../browser-session.ts'
import { limiterKey } from '../client-address.ts'
import { clearCookie, readCookie, setCookie } from '../cookies.ts'
import type { LoadShedder } from '../hooks/shed-load.ts'
import { traceOf } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import { lockedOutText, renderLoginPage } from '../pages/login-page.ts'
import { pageProblem } from '../pages/page-problem.ts'
import { formTarget, sendPage } from '../pages/send-page.ts'
import { refusalOf } from '../problem.ts'
import { queryOf } from '../query.ts'
import { seeOther } from '../see-other.ts'
import { logInOperation, loginPageOperation, logOutOperation } from './login-operations.ts'

export interface BrowserRouteOptions {
  readonly basePath: string
  readonly addressOf: (request: FastifyRequest) => string
  readonly shedder: LoadShedder
}

interface Parts extends BrowserRouteOptions {
  readonly services: Services
  readonly logIn: PasswordLogin
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** What a sign-in page is to show. */
interface Showing {
  readonly status: number
  readonly returnPath: string
  readonly email: string
  readonly fault: string | null
}

const texts = {
  unreadable: 'The form could not be read. Please try again.',
  stale: 'This form has expired. Please try again.',
  refused: 'The e-mail address or the password is wrong.',
} as const

/** Adds the routes. */
export function addLoginRoutes(
  server: FastifyInstance,
  services: Services,
  options: BrowserRouteOptions,
): void {
  const { login, features } = services.settings
  const parts: Parts = { ...options, services, logIn: createPasswordLogin(services) }
  const path = `${options.basePath}/login`
  const errorHandler = pageProblem({ issuer: features.issuer, log: services.log })

  server.get(path, { ...describedBy(loginPageOperation), errorHandler }, (request, reply) => {
    const returnPath = returnPathOf(queryOf(request))
    return show(parts, { request, reply }, { status: 200, returnPath, email: '', fault: null })
  })
  server.route({
    ...describedBy(logInOperation),
    method: 'POST',
    url: path,
    onRequest: [
      (_request, reply, done) => (login.isLocalShown ? done() : reply.callNotFound()),
      options.shedder.guard('POST', path, 'page'),
    ],
    errorHandler: (error, request, reply) => {
      const refusal = refusalOf(error, request, services.log)
      if (refusal.status !== 400) return errorHandler(refusal, request, reply)
      const showing = { status: 422, returnPath: '', email: '', fault: texts.unreadable }
      return show(parts, { request, reply }, showing)
    },
    handler: (request, reply) => takeForm(parts, { request, reply }),
  })
  server.post(
    `${options.basePath}/logout`,
    { ...describedBy(logOutOperation), errorHandler },
    (request, reply) => endSession(parts, { request, reply }),
  )
}

async function takeForm(parts: Parts, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply } = exchange
  const { session } = parts.services.settings
  const form = formOf(request)
  const returnPath = returnPathOf(form)
  const held = heldNonce(request, parts.services)
  const token = form.get('csrf_token') ?? ''
  if (held === null || !isFormToken(token, { held, key: session.keys.csrf })) {
    return show(parts, exchange, { status: 422, returnPath, email: '', fault: texts.stale })
  }
  const ip = parts.addressOf(request)
  const email = form.get('email') ?? ''
  const result = await parts.logIn({
    email,
    password: form.get('password') ?? '',
    ip,
    addressKey: limiterKey(ip),
    sessionCookie: sessionCookieOf(request, session),
    trace: traceOf(request),
  })
  if (result.kind === 'signed-in') {
    setSessionCookie(reply, result.sessionCookie, session)
    return seeOther(reply, returnPath === '' ? '/' : returnPath)
  }
  return show(parts, exchange, { ...showingOf(result, reply), returnPath, email })
}

function showingOf(
  result: Exclude<LoginResult, { kind: 'signed-in' }>,
  reply: FastifyReply,
): Pick<Showing, 'status' | 'fault'> {
  if (result.kind === 'refused') return { status: 422, fault: texts.refused }
  const seconds = Math.max(1, Math.ceil(result.retryAfterMs / 1000))
  reply.header('retry-after', String(seconds))
  return { status: 429, fault: lockedOutText(seconds) }
}

async function endSession(parts: Parts, { request, reply }: Exchange): Promise<FastifyReply> {
  const { services, basePath, addressOf } = parts
  const { session } = services.settings
  const visitor = { ip: addressOf(request), trace: traceOf(request) }
  await logOut(services, sessionCookieOf(request, session), visitor)
  reply.header('set-cookie', clearCookie(session.cookieName, session))
  reply.header('set-cookie', clearCookie(loginNonceCookie, session))
  return seeOther(reply, `${basePath}/login`)
}

function show(parts: Parts, { request, reply }: Exchange, showing: Showing): FastifyReply {
  const { services, basePath } = parts
  const { session, login, features } = services.settings
  const held = heldNonce(request, services)
  const nonce = held ?? newLoginNonce(services.random, session.keys.loginNonce)
  if (held === null) reply.header('set-cookie', nonceCookie(nonce, services))
  const document = renderLoginPage({
    ...showing,
    issuer: features.issuer,
    action: `${basePath}/login`,
    isLocalShown: login.isLocalShown,
    csrfToken: formToken(nonce, session.keys.csrf),
  })
  const formTargets = targetsOf(showing.returnPath, basePath)
  return sendPage(reply, { status: showing.status, document, formTargets })
}

/** The login nonce that the browser holds and that this server made, or null. */
function heldNonce(request: FastifyRequest, { settings }: Services): string | null {
  const nonce = readCookie(request.headers.cookie, loginNonceCookie)
  return nonce !== null && isLoginNonce(nonce, settings.session.keys.loginNonce) ? nonce : null
}

function nonceCookie(value: string, { settings }: Services): string {
  const maxAgeSeconds = loginNonceMaxAgeSeconds
  return setCookie({ ...settings.session, name: loginNonceCookie, value, maxAgeSeconds })
}

function returnPathOf(parameters: Form): string {
  return safeReturnPath(parameters.get('redirect') ?? '') ?? ''
}

/**
 * Where the sign-in form may end up: an authorization that needs no consent leads from it to the
 * client at once, and some browsers look at that hop too.
 */
function targetsOf(returnPath: string, basePath: string): readonly string[] {
  const [path, query = ''] = returnPath.split('?', 2)
  if (path !== basePath + endpointPaths.authorization) return []
  const redirectUri = new URLSearchParams(query).get('redirect_uri') ?? ''
  const target = formTarget(redirectUri)
  return target === null ? [] : [target]
}
