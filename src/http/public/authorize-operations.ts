// How the authorize request and the consent page are described (spec 01 §6, §8).
import { listOf, oneOf, openObject, queryParameters, text, told } from '../openapi/json-schema.ts'
import { emptyAnswer, type Operation } from '../openapi/operation.ts'
import { pageAnswer, pageFailures } from './login-operations.ts'

const page = (description: string) => pageAnswer(description, {})

export const authorizeOperation: Operation = {
  operationId: 'authorize',
  summary: 'Ask a user for a code',
  description:
    'Opened in a browser (RFC 6749 §4.1.1 with PKCE). Leads to sign-in, to the consent page or ' +
    'back to the client. Every answer to the client has `iss` (RFC 9207). Other parameters are ' +
    'ignored.',
  tags: ['Browsers'],
  querystring: queryParameters({
    response_type: told(oneOf(['code']), 'Required.'),
    client_id: told(text, 'Required. Of a registered client, or the URL of its metadata.'),
    redirect_uri: told(text, 'Required. As registered; the port of a loopback host is free.'),
    scope: told(text, 'Space separated; all that is possible when there is none.'),
    state: text,
    resource: told(text, 'URI of the protected resource (RFC 8707), or its slug.'),
    code_challenge: told(text, 'Required. SHA-256 of the verifier in base64url (RFC 7636).'),
    code_challenge_method: told(oneOf(['S256']), 'Required.'),
  }),
  response: {
    303: emptyAnswer('On to sign-in, to the consent page, or to the client: a code or an error.'),
    ...pageFailures(413, 415, 429, 500),
    400: page('Refused, and the client is not told, or only by a link on the page.'),
    403: page('The client is stopped.'),
    503: page('The server cannot answer right now; nothing was changed.'),
  },
}

export const consentPageOperation: Operation = {
  operationId: 'getConsentPage',
  summary: 'The consent page',
  tags: ['Browsers'],
  querystring: queryParameters({
    session_id: told(text, 'Required. The pending authorization of the signed-in user.'),
  }),
  response: {
    200: page('The page.'),
    303: emptyAnswer('Nobody is signed in.'),
    ...pageFailures(429, 500, 503),
    400: page('There is no such question for this user.'),
    403: page('The client is stopped.'),
  },
}

export const consentOperation: Operation = {
  operationId: 'answerConsent',
  summary: 'Allow or deny',
  tags: ['Browsers'],
  body: {
    description: 'The form of the page.',
    content: {
      'application/x-www-form-urlencoded': {
        schema: openObject(
          { session_id: text, csrf_token: text, action: oneOf(['allow', 'deny']) },
          {
            scopes: told(listOf(text), 'What is allowed; sent once per scope.'),
            remember: text,
          },
        ),
      },
    },
  },
  response: {
    303: emptyAnswer('On to the client, with a code or with `access_denied`.'),
    ...pageFailures(413, 415, 429, 500, 503),
    400: page('Nothing was allowed; the page says why.'),
    401: page('Nobody is signed in.'),
    403: page('The form is not of this session, or the client is stopped.'),
  },
}

export const authorizeHelpOperation: Operation = {
  operationId: 'getAuthorizeHelp',
  summary: 'Help for people who were sent to the wrong address',
  tags: ['Browsers'],
  response: { 200: page('A page.'), ...pageFailures(400, 429, 500) },
}
