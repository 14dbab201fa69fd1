// Proofs that were spent (spec 07 §3.4, B8): the key and id of a proof go in once.
import type { ProofClaim } from '../../../src/records/proof-claim.ts'
import { instantText } from '../dialect.ts'
import type { RowSet, RowShape } from '../sql.ts'

const proofShape: RowShape<'proof-replayed'> = {
  table: 'dpop_jtis',
  columns: ['jkt', 'jti', 'expires_at'],
  foreignKey: null,
  conflict: 'proof-replayed',
}

/** The row that claims a proof. */
export function proofRow({ jkt, jti, expiresAtMs }: ProofClaim): RowSet<'proof-replayed'> {
  return { shape: proofShape, rows: [[jkt, jti, instantText(expiresAtMs)]] }
}
