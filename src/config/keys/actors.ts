// Keys of the worker threads and their mailboxes, which other implementations ignore (00 B49). 0
// stands for a number that follows from the machine.
import { limits } from '../../base/limits.ts'
import { choice, integer } from '../kinds.ts'
import { between, setting } from '../setting.ts'

const mailbox = between(16, 1_000_000)

export const actorKeys = {
  'actors.storage.commit_rows_max': setting(integer, {
    fallback: limits.commitRowsMax,
    variable: 'AUTHPLANE_ACTORS_STORAGE_COMMIT_ROWS_MAX',
    doc: 'most units of work in one database commit',
    rule: between(1, 100_000),
  }),
  'actors.storage.mailbox_max': setting(integer, {
    fallback: limits.storageMailboxMessagesMax,
    variable: 'AUTHPLANE_ACTORS_STORAGE_MAILBOX_MAX',
    doc: 'most messages waiting for storage; beyond it requests get 503',
    rule: mailbox,
  }),
  'actors.signer.instances': setting(integer, {
    fallback: 1,
    variable: 'AUTHPLANE_ACTORS_SIGNER_INSTANCES',
    doc: 'threads that sign tokens, 1 to 64',
    rule: between(1, 64),
  }),
  'actors.signer.isolation': setting(
    choice({ allowed: ['worker', 'process'], empty: null, anyCase: false }),
    {
      fallback: 'worker',
      variable: 'AUTHPLANE_ACTORS_SIGNER_ISOLATION',
      doc: 'where private keys live: in a thread of the server or in a process of their own',
    },
  ),
  'actors.signer.mailbox_max': setting(integer, {
    fallback: limits.signerMailboxMessagesMax,
    variable: 'AUTHPLANE_ACTORS_SIGNER_MAILBOX_MAX',
    doc: 'most messages waiting for the signer; beyond it requests get 503',
    rule: mailbox,
  }),
  'actors.dpop_replay.instances': setting(integer, {
    fallback: 0,
    variable: 'AUTHPLANE_ACTORS_DPOP_REPLAY_INSTANCES',
    doc: 'threads that check DPoP proofs, up to 64; 0 = a quarter of the cores, at least 1',
    rule: between(0, 64),
  }),
  'actors.dpop_replay.mailbox_max': setting(integer, {
    fallback: limits.proofMailboxMessagesMax,
    variable: 'AUTHPLANE_ACTORS_DPOP_REPLAY_MAILBOX_MAX',
    doc: 'most messages waiting for one of them; beyond it requests get 503',
    rule: mailbox,
  }),
  'actors.grant_vault.mailbox_max': setting(integer, {
    fallback: 1024,
    variable: 'AUTHPLANE_ACTORS_GRANT_VAULT_MAILBOX_MAX',
    doc: 'most messages waiting for the vault of upstream tokens; beyond it requests get 503',
    rule: mailbox,
  }),
  'actors.crypto_pool.threads': setting(integer, {
    fallback: 0,
    variable: 'AUTHPLANE_ACTORS_CRYPTO_POOL_THREADS',
    doc: 'threads that hash passwords, up to 64; 0 = half of the cores, at least 1',
    rule: between(0, 64),
  }),
  'actors.crypto_pool.queue_max': setting(integer, {
    fallback: 16,
    variable: 'AUTHPLANE_ACTORS_CRYPTO_POOL_QUEUE_MAX',
    doc: 'most passwords waiting for a thread; beyond it requests get 503',
    rule: between(1, 10_000),
  }),
} as const
