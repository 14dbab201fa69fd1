// What the specifications ask of an authorization server, what this one does, and what proves it. A
// proof is a row of the attack catalogue (`CO-01`), a check of `npm run conformance` (`code-once`)
// or the path of a test.

export interface Specification {
  readonly name: string
  readonly title: string
  readonly requirements: readonly Requirement[]
}

export type Requirement = readonly [section: string, whatWeDo: string, proofs: readonly string[]]

export const specifications: readonly Specification[] = [
  {
    name: 'OAuth 2.1',
    title: 'The OAuth 2.1 authorization framework, draft 13: what it adds to RFC 6749',
    requirements: [
      ['§4.1.1', 'Every authorize request needs a code challenge, of public and of confidential clients.', ['PK-01', 'authorize-without-pkce']],
    ],
  },
  {
    name: 'RFC 6749',
    title: 'The OAuth 2.0 authorization framework, as far as OAuth 2.1 keeps it',
    requirements: [
      ['§2.3', 'Clients authenticate with Basic or in the body, by one method at a time.', ['CA-01', 'CA-03', 'machine-wrong-secret']],
      ['§3.1', 'A parameter that is sent twice is refused; an unknown one is ignored.', ['AZ-03', 'AZ-22', 'TP-04', 'TP-16', 'repeated-parameter']],
      ['§3.2', 'The token endpoint takes POST only.', ['TP-01', 'token-by-get']],
      ['§3.3', 'The user may allow a part of the scope; what the client got is in the answer.', ['CS-05', 'CS-06', 'test/e2e/browser.test.ts']],
      ['§4.1.1', 'The user is asked before a client gets a code.', ['CS-08', 'CS-09', 'test/e2e/browser.test.ts']],
      ['§4.1.2', 'A code lives for ten minutes, is bound to its client and works once; a second use ends the tokens that came of the first.', ['CO-01', 'CO-03', 'CO-05', 'CO-06', 'code-once', 'code-of-another']],
      ['§4.1.2.1', 'Errors about client or redirect URI are a page; all others go to the client with its state.', ['RU-16', 'RU-17', 'CS-11', 'authorize-unknown-client', 'code']],
      ['§4.1.3', 'The redirect URI of the authorize request has to be named again.', ['CO-07']],
      ['§4.1.4', 'A code is worth an access token, in an answer that nobody keeps.', ['code-redemption', 'test/flows/token/authorization-code.test.ts']],
      ['§4.4', 'client_credentials is for confidential clients, within their ceiling, without a refresh token.', ['CC-02', 'CC-05', 'machine-token']],
      ['§5.2', 'Errors are JSON with `error` and `error_description`, and never cached.', ['unsupported-grant', 'test/http/public/fixtures.test.ts']],
      ['§5.2', 'A failed authentication is 401 with a challenge, and does not tell which clients there are.', ['CA-02', 'unknown-client']],
      ['§6', 'A refresh keeps or narrows the scope, for the same client.', ['RT-05', 'RT-07', 'refresh-scope']],
      ['§10.3', 'Codes, tokens and secrets are never in a log.', ['LK-02']],
    ],
  },
  {
    name: 'RFC 7009',
    title: 'Token revocation',
    requirements: [
      [
        '§2.1',
        'A client revokes its own tokens only; a refresh token takes its access tokens along.',
        ['RV-01', 'RV-05', 'refresh-revocation'],
      ],
      [
        '§2.2',
        'Revoking what does not exist is answered like any other revocation.',
        ['RV-02', 'revocation'],
      ],
      [
        '§2.2.1',
        'A revocation that could not be written is told, so that it can be sent again.',
        ['RV-07'],
      ],
    ],
  },
  {
    name: 'RFC 7517',
    title: 'JSON Web Key',
    requirements: [
      [
        '§5',
        'The key set holds public keys only, each with `kid`, `alg` and `use`.',
        ['JT-11', 'keys'],
      ],
    ],
  },
  {
    name: 'RFC 7591',
    title: 'Dynamic client registration',
    requirements: [
      [
        '§2',
        'Unknown members are ignored; what the server decides is not taken from the client.',
        ['DR-09', 'registration'],
      ],
      [
        '§3',
        'Registration is open, for approved redirect URIs, or for administrators, changed while running.',
        ['DR-02', 'test/flows/registration/self-registration-policy.test.ts'],
      ],
      [
        '§3.2.1',
        'The answer repeats what was registered; a secret is shown once.',
        ['DR-17', 'registration'],
      ],
      [
        '§3.2.2',
        'Refusals are 400 with `invalid_redirect_uri` or `invalid_client_metadata`.',
        ['DR-03', 'registration-redirect-uri'],
      ],
      ['§5', 'Registrations are limited by address and size.', ['DR-14', 'DR-24']],
    ],
  },
  {
    name: 'RFC 7636',
    title: 'Proof key for code exchange',
    requirements: [
      [
        '§4.2',
        'S256 is the one method; plain and no method are refused.',
        ['PK-02', 'PK-03', 'metadata-pkce'],
      ],
      [
        '§4.6',
        'A wrong verifier buys nothing, and five of them end the code.',
        ['PK-10', 'PK-12', 'code-verifier'],
      ],
    ],
  },
  {
    name: 'RFC 7662',
    title: 'Token introspection',
    requirements: [
      [
        '§2.1',
        'Confidential clients ask, about their own tokens or those for their resource.',
        ['IN-01', 'IN-02', 'IN-03', 'introspection-by-anybody'],
      ],
      [
        '§2.2',
        'What is not active, unknown or not theirs is `{"active":false}` and nothing else.',
        ['IN-04', 'introspection'],
      ],
    ],
  },
  {
    name: 'RFC 8252',
    title: 'OAuth for native apps',
    requirements: [
      ['§7.1', 'Private-use schemes with a dot may be registered.', ['RU-24', 'DR-03']],
      [
        '§7.3',
        'The port of a loopback redirect URI may differ, and nothing else.',
        ['RU-13', 'RU-14'],
      ],
      ['§8.6', 'An app of the machine is asked about every time.', ['CS-10']],
    ],
  },
  {
    name: 'RFC 8414',
    title: 'Authorization server metadata',
    requirements: [
      [
        '§2',
        'Endpoints, grants and methods are listed when they answer, and no others.',
        ['MD-02', 'metadata-endpoints', 'metadata-response-types'],
      ],
      [
        '§3.1',
        'The well-known part stands before the path of the issuer.',
        ['metadata', 'test/http/public/fixtures.test.ts'],
      ],
      [
        '§3.3',
        'The issuer is the configured text, whatever Host says.',
        ['MD-03', 'metadata-issuer'],
      ],
      ['§5', 'The same document is at the address of OpenID Connect.', ['metadata-openid-path']],
    ],
  },
  {
    name: 'RFC 8707',
    title: 'Resource indicators',
    requirements: [
      [
        '§2',
        'The audience of a token is the resource it was asked for, which has to be registered.',
        ['AZ-08', 'AZ-09', 'access-token-audience', 'unknown-resource'],
      ],
      ['§2.2', 'Code and refresh token stay with their resource.', ['CO-13', 'RT-09']],
    ],
  },
  {
    name: 'RFC 9068',
    title: 'JWT profile for access tokens',
    requirements: [
      ['§2.1', 'Access tokens are signed, of type `at+jwt`.', ['JT-02', 'access-token']],
      [
        '§2.2',
        '`iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are always there.',
        ['access-token', 'test/unit/oauth/access-token.test.ts'],
      ],
    ],
  },
  {
    name: 'RFC 9207',
    title: 'Issuer identification',
    requirements: [
      [
        '§2',
        'Every answer to a client names the issuer once, with a code or an error.',
        ['AZ-17', 'code-issuer'],
      ],
      ['§3', 'The metadata say so.', ['AZ-17', 'code-issuer']],
    ],
  },
  {
    name: 'RFC 9449',
    title: 'DPoP',
    requirements: [
      [
        '§4.2',
        'A proof is a signed `dpop+jwt` by an asymmetric key that it carries.',
        ['DP-01', 'DP-06', 'DP-10', 'DP-13'],
      ],
      [
        '§4.3',
        'Method, URL and time have to be those of the request.',
        ['DP-15', 'DP-16', 'DP-20', 'dpop-other-url', 'dpop-other-method', 'dpop-old'],
      ],
      [
        '§5',
        'Tokens for a proof are of type DPoP; refresh tokens of public clients are bound too.',
        ['DP-37', 'RT-16', 'RT-17', 'dpop-token'],
      ],
      ['§6.1', '`cnf.jkt` is the thumbprint of the key.', ['DP-36', 'dpop-token']],
      [
        '§8',
        'Nonces can be required; a fresh one comes with the refusal.',
        ['DP-34', 'dpop-nonce'],
      ],
      [
        '§11.1',
        'A proof works once, on every instance and after a restart.',
        ['DP-23', 'DP-24', 'DP-25', 'DP-28', 'dpop-replay'],
      ],
    ],
  },
  {
    name: 'RFC 9700',
    title: 'Best current practice for OAuth security',
    requirements: [
      ['§2.1', 'A redirect URI has to be one that is registered, character by character.', ['RU-01', 'RU-05', 'RU-07', 'authorize-redirect-uri']],
      ['§2.1.2', 'There is no implicit grant, and no response mode but the query.', ['AZ-01', 'AZ-13', 'metadata-response-types']],
      ['§4.4', 'Answers cannot be mixed up between issuers.', ['AZ-17', 'code-issuer']],
      ['§4.5', 'An injected code is of no use.', ['PK-11']],
      ['§4.11', 'The server sends nobody to an address that nobody vouches for.', ['AZ-15', 'LG-13']],
      ['§4.12', 'A redirect after a form is 303, so that no password goes on to a client.', ['AZ-18']],
      ['§4.14.2', 'A refresh token of a public client is good for one refresh; its reuse ends its family, also in parallel.', ['RT-01', 'RT-02', 'refresh-rotation', 'refresh-reuse']],
      ['§4.16', 'Pages cannot be framed and run no script.', ['HT-15', 'CS-04', 'test/e2e/browser.test.ts']],
    ],
  },
  {
    name: 'RFC 9728',
    title: 'Protected resource metadata',
    requirements: [
      [
        '§3',
        'Metadata of each registered resource, with this issuer as its authorization server.',
        ['protected-resource', 'test/unit/oauth/protected-resource-metadata.test.ts'],
      ],
    ],
  },
  {
    name: 'Client ID metadata documents',
    title: 'OAuth client ID metadata document (draft)',
    requirements: [
      [
        'Identifier',
        'A client id is an https URL with a path; the document has to name itself.',
        ['CM-01', 'CM-06', 'CM-12'],
      ],
      [
        'Document',
        'Redirect URIs and methods are checked like those of a registration; shared secrets are refused.',
        ['CM-13', 'CM-15'],
      ],
      [
        'Fetching',
        'Fetches reach public addresses only, follow no redirect, and are bounded in size, time and number.',
        ['CM-02', 'CM-04', 'CM-05', 'CM-09', 'CM-10', 'CM-16'],
      ],
    ],
  },
  {
    name: 'MCP',
    title: 'Model Context Protocol, authorization, 2025-11-25 and 2026-07-28',
    requirements: [
      [
        'Discovery',
        'Both well-known forms, for issuers with and without a path.',
        ['metadata', 'metadata-openid-path', 'test/clients/conformance.test.ts'],
      ],
      [
        'Registration',
        'By document, by itself, or by an administrator.',
        ['test/clients/mcp-client.test.ts', 'test/clients/binaries.test.ts'],
      ],
      [
        'Consent',
        'The page shows where the answer goes, and warns of apps on the same machine.',
        ['CM-21', 'test/e2e/browser.test.ts'],
      ],
      ['Browsers', 'Preflights allow the headers of MCP clients.', ['HT-16', 'cross-origin']],
    ],
  },
]
