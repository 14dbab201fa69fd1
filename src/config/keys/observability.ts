// Keys of log, metrics and tracing (spec 06 §4.11).
import { choice, decimal, flag, text } from '../kinds.ts'
import { adminPathRule, between, setting } from '../setting.ts'

export const observabilityKeys = {
  'observability.logging.level': setting(
    choice({ allowed: ['debug', 'info', 'warn', 'error'], empty: null, anyCase: true }),
    {
      fallback: 'info',
      variable: 'AUTHPLANE_LOG_LEVEL',
      doc: 'least severe lines that are written: debug, info, warn or error',
    },
  ),
  'observability.logging.format': setting(
    choice({ allowed: ['json', 'text'], empty: null, anyCase: false }),
    {
      fallback: 'json',
      variable: 'AUTHPLANE_LOG_FORMAT',
      doc: 'form of a log line: json or text',
    },
  ),
  'observability.logging.add_source': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_LOG_ADD_SOURCE',
    doc: 'add file and line of the code to each log line',
  }),
  'observability.logging.outputs.stdout': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_LOG_STDOUT',
    doc: 'write the log to standard output',
  }),
  'observability.logging.outputs.otel': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_LOG_OTEL',
    doc: 'send the log by OTLP over gRPC',
  }),
  'observability.logging.outputs.otel_endpoint': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_LOG_OTEL_ENDPOINT',
    doc: 'host:port of the collector of the log; required by outputs.otel',
  }),
  'observability.logging.outputs.insecure': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_LOG_OTEL_INSECURE',
    doc: 'without TLS to the collector of the log',
  }),
  'observability.metrics.provider': setting(
    choice({ allowed: ['prometheus', 'otel', 'both', 'none'], empty: null, anyCase: false }),
    {
      fallback: 'prometheus',
      variable: 'AUTHPLANE_METRICS_PROVIDER',
      doc: 'metrics are scraped (prometheus), sent by OTLP (otel), both, or none',
    },
  ),
  'observability.metrics.path': setting(text, {
    fallback: '/metrics',
    variable: 'AUTHPLANE_METRICS_PATH',
    doc: 'path of the metrics on the admin listener',
    rule: adminPathRule,
  }),
  'observability.metrics.otel_endpoint': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_METRICS_OTEL_ENDPOINT',
    doc: 'host:port of the collector of metrics; required by provider otel and both',
  }),
  'observability.metrics.insecure': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_METRICS_INSECURE',
    doc: 'without TLS to the collector of metrics',
  }),
  'observability.tracing.enabled': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_TRACING_ENABLED',
    doc: 'send traces by OTLP over gRPC',
  }),
  'observability.tracing.endpoint': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_TRACING_ENDPOINT',
    doc: 'host:port of the collector of traces; required when tracing is on',
  }),
  'observability.tracing.insecure': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_TRACING_INSECURE',
    doc: 'without TLS to the collector of traces',
  }),
  'observability.tracing.sample_rate': setting(decimal, {
    fallback: 1,
    variable: 'AUTHPLANE_TRACING_SAMPLE_RATE',
    doc: 'share of requests that are traced, 0 to 1',
    rule: between(0, 1),
  }),
} as const
