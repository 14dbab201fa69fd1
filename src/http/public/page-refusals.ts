// The error handler of the routes of an authorization: refusals with a page of their own, and the
// pages of all other failures (spec 01 §6, §8).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PageRefusal } from '../../oauth/page-refusal.ts'
import { renderRefusalPage } from '../pages/authorize-pages.ts'
import { type PageProblemOptions, pageProblem } from '../pages/page-problem.ts'
import { sendPage } from '../pages/send-page.ts'

/** Answers everything thrown with a page. */
export function pageRefusals(options: PageProblemOptions) {
  const otherwise = pageProblem(options)
  return (error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (!(error instanceof PageRefusal)) return otherwise(error, request, reply)
    const { status, reason } = error
    const document = renderRefusalPage({
      issuer: options.issuer,
      reason,
      reference: request.id,
    })
    return sendPage(reply, { status, document, formTargets: [] })
  }
}
