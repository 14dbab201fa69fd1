// Runs the rules between keys (spec 06 §5), area by area.
import type { Finding } from './findings.ts'
import { accessRules } from './rules/access-rules.ts'
import { clientRules } from './rules/client-rules.ts'
import { exporterRules } from './rules/exporter-rules.ts'
import type { Rule, Subject } from './rules/rule.ts'
import { secretRules } from './rules/secret-rules.ts'
import { storeRules } from './rules/store-rules.ts'
import { upstreamRules } from './rules/upstream-rules.ts'
import { type Key, settings } from './schema.ts'

const rules: readonly Rule[] = [
  ...accessRules,
  ...secretRules,
  ...storeRules,
  ...clientRules,
  ...upstreamRules,
  ...exporterRules,
]

/** Findings of all rules that can be judged: those whose keys are sound on their own. */
export function validate(subject: Subject, isSound: (key: Key) => boolean): readonly Finding[] {
  return rules.flatMap(({ key, looksAt, check }) => {
    const verdict = looksAt.every(isSound) ? check(subject) : null
    return verdict === null ? [] : [{ key, variable: settings[key].variable, ...verdict }]
  })
}
