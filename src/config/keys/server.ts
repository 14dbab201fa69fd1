// Keys of the listeners (spec 06 §4.1, 00 B12 and B49).
import { address, duration, integer, list, text } from '../kinds.ts'
import { between, issuerRule, networksRule, setting } from '../setting.ts'

export const serverKeys = {
  'server.issuer': setting(text, {
    fallback: 'http://localhost:9000',
    variable: 'AUTHPLANE_SERVER_ISSUER',
    doc: 'URL of this server in tokens and metadata, no slash at its end; localhost = development',
    rule: issuerRule,
  }),
  'server.address': setting(address, {
    fallback: ':9000',
    variable: 'AUTHPLANE_SERVER_ADDRESS',
    doc: 'public listener: :port or host:port',
  }),
  'server.read_timeout': setting(duration, {
    fallback: '30s',
    variable: 'AUTHPLANE_SERVER_READ_TIMEOUT',
    doc: 'longest time to receive a request',
  }),
  'server.write_timeout': setting(duration, {
    fallback: '30s',
    variable: 'AUTHPLANE_SERVER_WRITE_TIMEOUT',
    doc: 'longest time to answer a request',
  }),
  'server.idle_timeout': setting(duration, {
    fallback: '120s',
    variable: 'AUTHPLANE_SERVER_IDLE_TIMEOUT',
    doc: 'how long a kept-alive connection may wait for its next request',
  }),
  'server.shutdown_wait': setting(duration, {
    fallback: '10s',
    variable: 'AUTHPLANE_SERVER_SHUTDOWN_WAIT',
    doc: 'time to finish open requests of both listeners at a stop',
  }),
  'server.allowed_origins': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS',
    doc: 'origins of browser clients (CORS); "*" = any, empty = none',
  }),
  'server.trusted_proxies': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_SERVER_TRUSTED_PROXIES',
    doc: 'addresses or networks of proxies whose X-Forwarded-For is believed',
    rule: networksRule,
  }),
  'server.front_threads': setting(integer, {
    fallback: 1,
    variable: 'AUTHPLANE_SERVER_FRONT_THREADS',
    doc: 'threads that accept and answer HTTP requests, 1 to 64',
    rule: between(1, 64),
  }),
} as const
