// What a rule between keys is (spec 06 §5), and the forms that most rules have.
import { isLocalhostIssuer } from '../../base/url.ts'
import { type Config, type Key, type KeyValue, type SecretName, valueIn } from '../schema.ts'

/** What rules look at. */
export interface Subject {
  readonly config: Config
  /** Every secret name; an empty text = not set. */
  readonly secretTexts: ReadonlyMap<SecretName, string>
  /** Any variable of the process, for keys that name one; null = not set. */
  readonly variable: (name: string) => string | null
  /** Whether `oidc.client_secret_ref` came from its deprecated spelling. */
  readonly hasDeprecatedRef: boolean
}

export type Verdict = { readonly problem: string; readonly remedy: string } | null

/** Runs only when all keys it looks at are sound on their own: one mistake gives one finding. */
export interface Rule {
  /** The key to name. */
  readonly key: Key
  readonly looksAt: readonly Key[]
  readonly check: (subject: Subject) => Verdict
}

/** No verdict while the condition is kept. */
export function must(isKept: boolean, problem: string, remedy: string): Verdict {
  return isKept ? null : { problem, remedy }
}

export function isProduction({ config }: Pick<Subject, 'config'>): boolean {
  return !isLocalhostIssuer(config.server.issuer)
}

/** Text of a secret; empty = not set. */
export function secretText({ secretTexts }: Subject, name: SecretName): string {
  return secretTexts.get(name) ?? ''
}

type KeyOf<Value> = {
  [K in Exclude<Key, SecretName>]: KeyValue<K> extends Value ? K : never
}[Exclude<Key, SecretName>]

/** A number that has bounds only while a switch is on. */
export function whileOn(
  flag: KeyOf<boolean>,
  key: KeyOf<number>,
  bounds: { readonly holds: (value: number) => boolean; readonly problem: string },
): Rule {
  return {
    key,
    looksAt: [flag, key],
    check: ({ config }) =>
      must(
        !valueIn(config, flag) || bounds.holds(valueIn(config, key)),
        `${bounds.problem} while ${flag} is true`,
        `change it, or set ${flag} to false`,
      ),
  }
}

export const moreThanZero = {
  holds: (value: number): boolean => value > 0,
  problem: 'must be more than 0',
}

/** A switch that only development may turn off. */
export function onInProduction(key: KeyOf<boolean>): Rule {
  return inProduction(key, { isDangerous: (isOn) => !isOn, safe: 'true' })
}

/** A switch that only development may turn on. */
export function offInProduction(key: KeyOf<boolean>): Rule {
  return inProduction(key, { isDangerous: (isOn) => isOn, safe: 'false' })
}

function inProduction(
  key: KeyOf<boolean>,
  {
    isDangerous,
    safe,
  }: { readonly isDangerous: (isOn: boolean) => boolean; readonly safe: string },
): Rule {
  return {
    key,
    looksAt: [key, 'server.issuer'],
    check: (subject) =>
      must(
        !isDangerous(valueIn(subject.config, key)) || !isProduction(subject),
        `must be ${safe}, as the issuer is not localhost`,
        `set it to ${safe}`,
      ),
  }
}

/** A text that must be given when another key has a certain value. */
export function requiredWhen(
  key: KeyOf<string>,
  choice: {
    readonly key: Exclude<Key, SecretName>
    readonly values: readonly (string | boolean)[]
  },
): Rule {
  return {
    key,
    looksAt: [key, choice.key],
    check: ({ config }) => {
      const chosen = valueIn(config, choice.key)
      const isNeeded = choice.values.some((value) => value === chosen)
      return must(
        !isNeeded || valueIn(config, key).trim() !== '',
        `must be set while ${choice.key} is ${String(chosen)}`,
        `set it, or change ${choice.key}`,
      )
    },
  }
}
