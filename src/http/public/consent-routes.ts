// GET and POST /consent (spec 01 §8): the question to the user, and the answer.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { approveConsent } from '../../flows/authorize/approve-consent.ts'
import { denyConsent } from '../../flows/authorize/deny-consent.ts'
import { readConsent } from '../../flows/authorize/read-consent.ts'
import type { Services } from '../../flows/services.ts'
import { askedScopes } from '../../oauth/consent.ts'
import { formToken, isFormToken } from '../../oauth/csrf.ts'
import { PageRefusal } from '../../oauth/page-refusal.ts'
import { returnQuery } from '../../oauth/return-path.ts'
import { parseScope } from '../../oauth/scope.ts'
import { addFormBody, formOf } from '../body.ts'
import { readSignedIn } from '../browser-session.ts'
import { traceOf } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import { renderConsentPage } from '../pages/consent-page.ts'
import { formTarget, sendPage } from '../pages/send-page.ts'
import { queryOf } from '../query.ts'
import { seeOther } from '../see-other.ts'
import { consentOperation, consentPageOperation } from './authorize-operations.ts'
import type { BrowserRouteOptions } from './login-routes.ts'
import { pageRefusals } from './page-refusals.ts'

interface Exchange extends BrowserRouteOptions {
  readonly services: Services
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Adds the routes. */
export function addConsentRoutes(
  server: FastifyInstance,
  services: Services,
  options: BrowserRouteOptions,
): void {
  const { issuer } = services.settings.features
  const path = `${options.basePath}/consent`
  const errorHandler = pageRefusals({ issuer, log: services.log })
  const onRequest = options.shedder.hook('page')
  // A scope of their own: in their form alone one parameter may be sent several times.
  server.register((routes, _options, done) => {
    addFormBody(routes, 'scopes')
    routes.get(
      path,
      { ...describedBy(consentPageOperation), onRequest, errorHandler },
      (request, reply) => ask({ ...options, services, request, reply }),
    )
    routes.post(
      path,
      { ...describedBy(consentOperation), onRequest, errorHandler },
      (request, reply) => takeAnswer({ ...options, services, request, reply }),
    )
    done()
  })
}

async function ask({ services, request, reply, basePath }: Exchange): Promise<FastifyReply> {
  const authorizationId = queryOf(request).get('session_id')
  if (authorizationId === undefined) throw new PageRefusal('authorization-unnamed')
  const signedIn = await readSignedIn(services, request, reply)
  if (signedIn === null) return seeOther(reply, `${basePath}/login?${returnQuery(request.url)}`)
  const { user, session } = signedIn
  const trace = traceOf(request)
  const question = await readConsent(services, user, { authorizationId, trace })
  const { settings } = services
  const { redirectUri } = question.authorization
  const document = renderConsentPage({
    ...question,
    user,
    authorizationId,
    redirectUri,
    issuer: settings.features.issuer,
    action: `${basePath}/consent`,
    csrfToken: formToken(session.cookie, settings.session.keys.csrf),
    scopes: askedScopes(question),
  })
  const target = formTarget(redirectUri)
  return sendPage(reply, {
    status: 200,
    document,
    formTargets: target === null ? [] : [target],
  })
}

async function takeAnswer(exchange: Exchange): Promise<FastifyReply> {
  const { services, request, reply, addressOf } = exchange
  const form = formOf(request)
  const signedIn = await readSignedIn(services, request, reply)
  if (signedIn === null) throw new PageRefusal('signed-out')
  const { user, session } = signedIn
  const { csrf } = services.settings.session.keys
  const token = form.get('csrf_token') ?? ''
  if (!isFormToken(token, { held: session.cookie, key: csrf })) {
    throw new PageRefusal('foreign-form')
  }
  const visitor = { ip: addressOf(request), trace: traceOf(request) }
  const authorizationId = form.get('session_id') ?? ''
  const action = form.get('action')
  if (action === 'deny') {
    return seeOther(reply, await denyConsent(services, user, { authorizationId, visitor }))
  }
  if (action !== 'allow') throw new PageRefusal('unclear-answer')
  const ticked = parseScope(form.get('scopes') ?? '')
  const approval = { authorizationId, ticked, visitor }
  return seeOther(reply, await approveConsent(services, user, approval))
}
