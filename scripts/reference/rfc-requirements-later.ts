// The second half of the specifications: those that came after RFC 8252.
import type { Specification } from './rfc-requirements.ts'

export const laterRequirements: readonly Specification[] = [
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
      [
        '§2.1',
        'A redirect URI has to be one that is registered, character by character.',
        ['RU-01', 'RU-05', 'RU-07', 'authorize-redirect-uri'],
      ],
      [
        '§2.1.2',
        'There is no implicit grant, and no response mode but the query.',
        ['AZ-01', 'AZ-13', 'metadata-response-types'],
      ],
      ['§4.4', 'Answers cannot be mixed up between issuers.', ['AZ-17', 'code-issuer']],
      ['§4.5', 'An injected code is of no use.', ['PK-11']],
      [
        '§4.11',
        'The server sends nobody to an address that nobody vouches for.',
        ['AZ-15', 'LG-13'],
      ],
      [
        '§4.12',
        'A redirect after a form is 303, so that no password goes on to a client.',
        ['AZ-18'],
      ],
      [
        '§4.14.2',
        'A refresh token is good for one refresh; its reuse ends its family, also in parallel.',
        ['RT-01', 'RT-02', 'refresh-rotation', 'refresh-reuse'],
      ],
      [
        '§4.16',
        'Pages cannot be framed and run no script.',
        ['HT-15', 'CS-04', 'test/e2e/browser.test.ts'],
      ],
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
        'Redirect URIs are checked like those of a registration; secrets are refused.',
        ['CM-13', 'CM-15'],
      ],
      [
        'Fetching',
        'Fetches reach public addresses only, follow no redirect, and are bounded.',
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
