// The report of `authserver config check`: what the server would make of this configuration,
// without touching database, keys or generated secrets (spec 00 B20).
import { findRegistrationDoubts } from './doubts.ts'
import { type EffectiveSetting, effectiveSettings } from './effective.ts'
import { type ConfigSources, type Evaluation, evaluateConfig } from './evaluate.ts'
import { ConfigError, type Finding } from './findings.ts'
import { type FeatureStatus, findMisconfigured, selfCheck } from './self-check.ts'

export interface ConfigReport {
  readonly ok: boolean
  /** Refuse the configuration; names that nobody knows are among them. */
  readonly findings: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** Empty when a value was refused: what a feature is cannot be said then. */
  readonly features: readonly FeatureStatus[]
  /** Empty when the file cannot be read. */
  readonly settings: Readonly<Record<string, EffectiveSetting>>
}

/** Loads as the server would and tells everything that there is to tell; never throws for it. */
export function checkConfig(sources: ConfigSources): ConfigReport {
  let evaluation: Evaluation
  try {
    evaluation = evaluateConfig(sources)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { ok: false, findings: error.findings, warnings: [], features: [], settings: {} }
  }
  const { config, secretTexts, resourceSeeds, unknown } = evaluation
  const refused = evaluation.findings
  const has = (name: Parameters<typeof secretTexts.get>[0]): boolean =>
    (secretTexts.get(name) ?? '') !== ''
  const features = refused.length > 0 ? [] : selfCheck(config, { has }, resourceSeeds)
  const findings = [...refused, ...findMisconfigured(features), ...unknown]
  return {
    ok: findings.length === 0,
    findings,
    warnings: [...evaluation.warnings, ...findRegistrationDoubts(config, config.dcr.mode)],
    features,
    settings: effectiveSettings(evaluation),
  }
}
