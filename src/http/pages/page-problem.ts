// Failures of the routes that people look at: a page instead of the common error shape, with the
// same statuses (spec 01 §1.6).
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Log } from '../../base/telemetry.ts'
import { html } from '../html.ts'
import { refusalOf } from '../problem.ts'
import { renderPage } from './layout.ts'
import { sendPage } from './send-page.ts'

export interface PageProblemOptions {
  readonly issuer: string
  readonly log: Log
}

/** The error handler of a route that answers with pages. */
export function pageProblem({ issuer, log }: PageProblemOptions) {
  return (error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status } = refusalOf(error, request, log)
    if (status === 413) reply.header('connection', 'close')
    if (status === 503) reply.header('retry-after', '1')
    const { title, text } = wordsFor(status)
    const content = html`<h1>${title}</h1>
<p>${text}</p>
<p class="footnote">Reference <code>${request.id}</code></p>`
    const document = renderPage({ title, issuer, width: 'narrow', content })
    return sendPage(reply, { status, document, formTargets: [] })
  }
}

interface Words {
  readonly title: string
  readonly text: string
}

function wordsFor(status: number): Words {
  switch (status) {
    case 429:
      return {
        title: 'Too many requests',
        text: 'There were too many requests from your address. Wait a moment and try again.',
      }
    case 503:
      return {
        title: 'Busy right now',
        text: 'The server cannot answer at the moment. Nothing was changed; please try again.',
      }
    case 500:
      return {
        title: 'Something went wrong',
        text: 'The server failed. If this happens again, tell its operator the reference below.',
      }
    default:
      return {
        title: 'This request cannot be read',
        text: 'The address or the form that your browser sent is incomplete or damaged.',
      }
  }
}
