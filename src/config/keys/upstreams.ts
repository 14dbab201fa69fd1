// Keys of the other servers that this one talks to: the OIDC provider, upstreams that users
// connect, and which addresses they may have (spec 06 §4.9, §4.10, 00 B26).
import { emptyMeans, flag, list, secret, text } from '../kinds.ts'
import { setting } from '../setting.ts'

export const oidcKeys = {
  'oidc.enabled': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_OIDC_ENABLED',
    doc: 'sign in through an OpenID Connect provider; it must be reachable at the start',
  }),
  'oidc.issuer': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_ISSUER',
    doc: 'issuer URL of the provider, https unless it is on localhost; required',
  }),
  'oidc.client_id': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_CLIENT_ID',
    doc: 'our client id at the provider; required',
  }),
  'oidc.client_secret': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_CLIENT_SECRET',
    doc: 'our client secret at the provider; exactly one of this and client_secret_ref',
  }),
  'oidc.client_secret_ref': setting(text, {
    fallback: '',
    variable: null,
    doc: 'name of the variable that holds it; begins with CONNECTOR_ or AUTHPLANE_VAULT_',
  }),
  'oidc.display_name': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_DISPLAY_NAME',
    doc: 'text of its button on the sign-in page; empty = no button',
  }),
  'oidc.scopes': setting(emptyMeans(list, ['openid', 'email', 'profile']), {
    fallback: [],
    variable: 'AUTHPLANE_OIDC_SCOPES',
    doc: 'scopes to ask for; empty = openid, email, profile',
  }),
  'oidc.redirect_uri': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_REDIRECT_URI',
    doc: 'our callback as registered there; https unless our issuer is localhost; required',
  }),
  'oidc.show_local_login': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_OIDC_SHOW_LOCAL_LOGIN',
    doc: 'false hides the password form and refuses sign-in with a password',
  }),
  'oidc.include_groups_scope': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_OIDC_INCLUDE_GROUPS_SCOPE',
    doc: 'ask for the scope groups when the provider supports it',
  }),
  'oidc.connector_id': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OIDC_CONNECTOR_ID',
    doc: 'connector to preselect at a Dex provider; letters, digits and hyphens',
  }),
} as const

export const connectKeys = {
  'connect.state_secret': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_CONNECT_STATE_SECRET',
    doc: 'signs the state of connect flows, at least 32 characters; empty = connect is off',
  }),
  'connect.redirect_base_url': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_CONNECT_REDIRECT_BASE_URL',
    doc: 'base of our callback URLs at upstreams; https, or http on localhost',
  }),
  'connect.allowed_return_urls': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_CONNECT_ALLOWED_RETURN_URLS',
    doc: 'where connect flows may return to, besides those of each resource',
  }),
  'outbound.allow_private_addresses': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_OUTBOUND_ALLOW_PRIVATE_ADDRESSES',
    doc: 'providers and upstreams may be private addresses and use http; localhost issuer only',
  }),
} as const
