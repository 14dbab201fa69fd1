// Every key: default, YAML, variable, secret file, bad value.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Evaluation } from '../../../src/config/evaluate.ts'
import {
  type Key,
  type SecretName,
  settingEntries,
  settings,
  valueIn,
} from '../../../src/config/schema.ts'
import { samples } from './key-samples.ts'
import { evaluate, inDirectory, load, yamlOf } from './sources.ts'

/** The accepted value of a key; of a secret its text, or null. */
function accepted(evaluation: Evaluation, key: Key): unknown {
  assert.ok(evaluation.isSound(key))
  if (settings[key].kind.name !== 'secret')
    return valueIn(evaluation.config, key as Exclude<Key, SecretName>)
  return evaluation.secretTexts.get(key as SecretName) || null
}

test('there is a sample of every key and of no other', () => {
  const keys = settingEntries.map(([key]) => key)

  assert.deepEqual(Object.keys(samples).toSorted(), keys.toSorted())
})

test('no two keys share a variable', () => {
  const variables = settingEntries.flatMap(([, { variable }]) => variable ?? [])

  assert.equal(new Set(variables).size, variables.length)
})

test('every key says what it does, in one line without a full stop', () => {
  for (const [key, { doc }] of settingEntries) assert.match(doc, /^\S[^\n]{8,90}[^.\s]$/, key)
})

for (const [key, { kind, variable }] of settingEntries) {
  const sample = samples[key]

  describe(key, () => {
    test('has its default without file and variable', () => {
      assert.deepEqual(accepted(evaluate(null, {}), key), sample.byDefault)
    })

    test('keeps its default when YAML gives no value', () => {
      assert.deepEqual(accepted(evaluate(yamlOf(key, ''), {}), key), sample.byDefault)
    })

    test('is read from YAML', () => {
      assert.deepEqual(accepted(evaluate(yamlOf(key, sample.yaml), {}), key), sample.value)
    })

    test('refuses a bad value in YAML, naming key, variable and line', () => {
      const { findings, isSound } = evaluate(yamlOf(key, sample.badYaml), {})

      assert.equal(isSound(key), false)
      assert.deepEqual(
        findings.map((finding) => [finding.key, finding.variable]),
        [[key, variable]],
      )
      const line = key.split('.').length
      assert.match(findings[0]?.remedy ?? '', new RegExp(`config.yaml, line ${line}$`))
    })

    if (variable === null) return

    test(`is read from ${variable}, which wins over YAML`, () => {
      const environment = { [variable]: sample.variable }

      const evaluation = evaluate(yamlOf(key, sample.badYaml), environment)

      assert.deepEqual(accepted(evaluation, key), sample.value)
    })

    test(`refuses a placeholder in ${variable}`, () => {
      const { findings } = evaluate(null, { [variable]: `\${NAME}` })

      assert.deepEqual(
        findings.map((finding) => [finding.key, finding.variable]),
        [[key, variable]],
      )
    })

    if (sample.badVariable !== null) {
      const bad = sample.badVariable
      test(`refuses a bad value in ${variable}`, () => {
        const { findings } = evaluate(null, { [variable]: bad })

        assert.deepEqual(
          findings.map((finding) => [finding.key, finding.remedy]),
          [[key, `correct the variable ${variable}`]],
        )
      })
    }

    if (kind.name !== 'secret') return

    test(`is read from the file that ${variable}_FILE names`, () => {
      inDirectory((directory) => {
        const path = join(directory, 'secret')
        writeFileSync(path, `${sample.variable}\n`)

        const evaluation = evaluate(null, { [`${variable}_FILE`]: path })

        assert.equal(accepted(evaluation, key), sample.value)
      })
    })

    test(`refuses a file that ${variable}_FILE names and that cannot be read`, () => {
      const { findings } = evaluate(null, { [`${variable}_FILE`]: '/nonexistent/secret' })

      assert.deepEqual(
        findings.map((finding) => [finding.key, finding.variable]),
        [[key, `${variable}_FILE`]],
      )
    })
  })
}

test('the configuration is frozen at every level', () => {
  const { config } = load(null, {})

  assert.ok(Object.isFrozen(config.storage.sqlite))
  assert.ok(Object.isFrozen(config.server.allowedOrigins))
  assert.ok(Object.isFrozen(config.server.address))
})

for (const [key, variable, meant] of [
  ['signing.key_store', 'AUTHPLANE_SIGNING_KEY_STORE', 'keyfile'],
  ['signing.vault_transit.approle.mount', 'AUTHPLANE_VAULT_APPROLE_MOUNT', 'approle'],
  ['oidc.scopes', 'AUTHPLANE_OIDC_SCOPES', ['openid', 'email', 'profile']],
  ['xaa.subject_mode', 'AUTHPLANE_XAA_SUBJECT_MODE', 'auto_map'],
] as const) {
  test(`an empty ${key} stands for ${meant}`, () => {
    assert.deepEqual(accepted(evaluate(null, { [variable]: '' }), key), meant)
  })
}

for (const [key, meant] of [
  ['xaa.token_expiry', 3600],
  ['xaa.max_assertion_age', 300],
  ['xaa.jwks_cache_ttl', 3_600_000],
] as const) {
  test(`${key} 0 stands for its default`, () => {
    assert.equal(accepted(evaluate(yamlOf(key, '0s'), {}), key), meant)
  })
}

test('rate_limit.max_tracked_identities 0 stands for its default', () => {
  const { config } = evaluate(yamlOf('rate_limit.max_tracked_identities', '0'), {})

  assert.equal(config.rateLimit.maxTrackedIdentities, 250_000)
})
