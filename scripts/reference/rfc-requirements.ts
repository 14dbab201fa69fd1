// What the specifications ask of an authorization server, what this one does, and what proves it. A
// proof is a row of the attack catalogue (`CO-01`), a check of `npm run conformance` (`code-once`)
// or the path of a test.
import { laterRequirements } from './rfc-requirements-later.ts'

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
      [
        '§4.1.1',
        'Every authorize request needs a code challenge, whatever the client.',
        ['PK-01', 'authorize-without-pkce'],
      ],
    ],
  },
  {
    name: 'RFC 6749',
    title: 'The OAuth 2.0 authorization framework, as far as OAuth 2.1 keeps it',
    requirements: [
      [
        '§2.3',
        'Clients authenticate with Basic or in the body, by one method at a time.',
        ['CA-01', 'CA-03', 'machine-wrong-secret'],
      ],
      [
        '§3.1',
        'A parameter that is sent twice is refused; an unknown one is ignored.',
        ['AZ-03', 'AZ-22', 'TP-04', 'TP-16', 'repeated-parameter'],
      ],
      ['§3.2', 'The token endpoint takes POST only.', ['TP-01', 'token-by-get']],
      [
        '§3.3',
        'The user may allow a part of the scope; what the client got is in the answer.',
        ['CS-05', 'CS-06', 'test/e2e/browser.test.ts'],
      ],
      [
        '§4.1.1',
        'The user is asked before a client gets a code.',
        ['CS-08', 'CS-09', 'test/e2e/browser.test.ts'],
      ],
      [
        '§4.1.2',
        'A code works once, for its client, within ten minutes; a second use ends its tokens.',
        ['CO-01', 'CO-03', 'CO-05', 'CO-06', 'code-once', 'code-of-another'],
      ],
      [
        '§4.1.2.1',
        'Errors about client or redirect URI are a page; all others go to the client.',
        ['RU-16', 'RU-17', 'CS-11', 'authorize-unknown-client', 'code'],
      ],
      ['§4.1.3', 'The redirect URI of the authorize request has to be named again.', ['CO-07']],
      [
        '§4.1.4',
        'A code is worth an access token, in an answer that nobody keeps.',
        ['code-redemption', 'test/flows/token/authorization-code.test.ts'],
      ],
      [
        '§4.4',
        'client_credentials is for confidential clients, within their ceiling.',
        ['CC-02', 'CC-05', 'machine-token'],
      ],
      [
        '§5.2',
        'Errors are JSON with `error` and `error_description`, and never cached.',
        ['unsupported-grant', 'test/http/public/fixtures.test.ts'],
      ],
      [
        '§5.2',
        'A failed authentication is 401 with a challenge, for any client or none.',
        ['CA-02', 'unknown-client'],
      ],
      [
        '§6',
        'A refresh keeps or narrows the scope, for the same client.',
        ['RT-05', 'RT-07', 'refresh-scope'],
      ],
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
        'Who may register is a switch that can be thrown while the server runs.',
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
  ...laterRequirements,
]
