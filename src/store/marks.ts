import { sql } from 'kysely'
import type { Clock } from '../port.ts'
import type { Backend } from './dialect.ts'
import type { LeaseTable } from './schema.ts'
import type { Marks, NamedLeases } from './types.ts'

/** Small named values on a database. */
export const createMarks = ({ db }: Backend): Marks => ({
  get: async (name) => {
    const row = await db.selectFrom('mark').select('value').where('name', '=', name).executeTakeFirst()
    return row?.value
  },
  set: async (name, value) => {
    await db
      .insertInto('mark')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  },
  forget: async (prefix, before) => {
    await sql`delete from mark
      where substr(name, 1, length(${prefix})) = ${prefix} and substr(name, length(${prefix}) + 1) < ${before}`.execute(
      db,
    )
  },
})

/** Named leases on a database; a token never comes again. */
export const createNamedLeases = ({ db }: Backend, clock: Clock): NamedLeases => {
  const change = async (name: string, token: number, values: Partial<LeaseTable>): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable('lease')
      .set(values)
      .where('name', '=', name)
      .where('token', '=', token)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }
  /**
   * Releases by name that could not be written. They are written before this process takes the lease again; otherwise a lease that does not
   * expire would stay taken.
   */
  const owed = new Map<string, { readonly token: number; readonly note: string }>()
  const release = async (name: string, token: number, note: string): Promise<void> => {
    const debt = { token, note }
    owed.set(name, debt)
    await change(name, token, { until: 0, note })
    if (owed.get(name) === debt) owed.delete(name)
  }
  return {
    take: async (name, leaseMs) => {
      const debt = owed.get(name)
      if (debt !== undefined) await release(name, debt.token, debt.note)
      const now = clock.now()
      const { rows } = await sql<Pick<LeaseTable, 'token' | 'note'>>`
        insert into lease (name, token, until, note) values (${name}, 1, ${now + leaseMs}, '')
        on conflict (name) do update set token = lease.token + 1, until = excluded.until
        where lease.until <= ${now}
        returning token, note`.execute(db)
      return rows[0]
    },
    renew: (name, token, leaseMs) => change(name, token, { until: clock.now() + leaseMs }),
    note: (name, token, note) => change(name, token, { note }),
    release,
  }
}
