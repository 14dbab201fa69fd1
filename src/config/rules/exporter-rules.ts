// Rules of what leaves the process by OTLP (spec 06 §4.11, §9): an exporter needs an endpoint.
import { type Rule, requiredWhen } from './rule.ts'

export const exporterRules: readonly Rule[] = [
  requiredWhen('observability.logging.outputs.otel_endpoint', {
    key: 'observability.logging.outputs.otel',
    values: [true],
  }),
  requiredWhen('observability.metrics.otel_endpoint', {
    key: 'observability.metrics.provider',
    values: ['otel', 'both'],
  }),
  requiredWhen('observability.tracing.endpoint', {
    key: 'observability.tracing.enabled',
    values: [true],
  }),
]
