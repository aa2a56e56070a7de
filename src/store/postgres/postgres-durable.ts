import type { PoolConfig } from 'pg'
import { StoreError } from '../error.ts'

const question = `select current_setting('synchronous_commit') as mode, quote_ident(session_user) as role`

/**
 * Looks whether a connection's commits wait for the disk: for each new one, since role, database and server may say otherwise
 * tomorrow. Fails with `unavailable`, and what to do.
 */
export const requireDurable: NonNullable<PoolConfig['verify']> = (client, done) => {
  client.query<{ mode: string; role: string }>(question, (error, result) => {
    if (error instanceof Error) return done(error)
    const off = result.rows.find(({ mode }) => mode === 'off')
    done(off === undefined ? undefined : refuse(off.role))
  })
}

const refuse = (role: string): StoreError =>
  new StoreError(
    'unavailable',
    `PostgreSQL would answer before a commit is on its disk: run \`alter role ${role} set synchronous_commit = on\`, and take synchronous_commit out of DATABASE_URL`,
  )
