// GET /oauth/authorize (spec 01 §6), and GET /authorize, a page of help (§10.6.5): queries to a
// call of the flow, its answer to redirects and pages.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type AuthorizeAnswer,
  startAuthorization,
} from '../../flows/authorize/start-authorization.ts'
import type { Services } from '../../flows/services.ts'
import { returnQuery } from '../../oauth/return-path.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { readSignedIn } from '../browser-session.ts'
import { traceOf } from '../hooks/trace.ts'
import { describedBy } from '../openapi/operation.ts'
import { renderHelpPage, renderOfferPage } from '../pages/authorize-pages.ts'
import { sendPage } from '../pages/send-page.ts'
import { queryOf } from '../query.ts'
import { seeOther } from '../see-other.ts'
import { authorizeHelpOperation, authorizeOperation } from './authorize-operations.ts'
import type { BrowserRouteOptions } from './login-routes.ts'
import { pageRefusals } from './page-refusals.ts'

/** Adds the routes. */
export function addAuthorizeRoutes(
  server: FastifyInstance,
  services: Services,
  options: BrowserRouteOptions,
): void {
  const { issuer } = services.settings.features
  const errorHandler = pageRefusals({ issuer, log: services.log })
  server.get(
    options.basePath + endpointPaths.authorization,
    {
      ...describedBy(authorizeOperation),
      // A preview must not be answered with a code.
      exposeHeadRoute: false,
      onRequest: options.shedder.hook('page'),
      errorHandler,
    },
    (request, reply) => authorize(services, { request, reply, options }),
  )
  const help = renderHelpPage(issuer)
  server.get(
    `${options.basePath}/authorize`,
    { ...describedBy(authorizeHelpOperation), errorHandler },
    (_request, reply) => sendPage(reply, { status: 200, document: help, formTargets: [] }),
  )
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly options: BrowserRouteOptions
}

async function authorize(
  services: Services,
  { request, reply, options }: Exchange,
): Promise<FastifyReply> {
  const query = queryOf(request)
  const signedIn = await readSignedIn(services, request, reply)
  const answer = await startAuthorization(services, {
    query,
    user: signedIn?.user ?? null,
    visitor: { ip: options.addressOf(request), trace: traceOf(request) },
  })
  if (answer.kind === 'offer') return sendOffer(services, reply, answer)
  return seeOther(reply, locationOf(answer, { path: options.basePath, target: request.url }))
}

function locationOf(
  answer: Exclude<AuthorizeAnswer, { kind: 'offer' }>,
  own: { readonly path: string; readonly target: string },
): string {
  switch (answer.kind) {
    case 'client':
      return answer.location
    case 'sign-in':
      return `${own.path}/login?${returnQuery(own.target)}`
    case 'consent':
      return `${own.path}/consent?session_id=${answer.authorizationId}`
  }
}

function sendOffer(
  { settings }: Services,
  reply: FastifyReply,
  offer: Extract<AuthorizeAnswer, { kind: 'offer' }>,
): FastifyReply {
  const isOutage = offer.error.status === 503
  if (isOutage) reply.header('retry-after', '1')
  const document = renderOfferPage({ ...offer, issuer: settings.features.issuer })
  return sendPage(reply, { status: isOutage ? 503 : 400, document, formTargets: [] })
}
