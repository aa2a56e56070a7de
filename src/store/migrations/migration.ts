import type { RawBuilder } from 'kysely'
import type { StoreDialect } from '../dialect.ts'
import type { Trx } from '../schema.ts'

/** One step of the schema, never changed once released; written so that every database understands it. */
export interface Migration {
  readonly name: string
  readonly statements: readonly RawBuilder<unknown>[]
  /** What cannot be said in SQL that every database understands; after the statements, in the same transaction. */
  readonly run?: (trx: Trx, dialect: StoreDialect) => Promise<void>
}
