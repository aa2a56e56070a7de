import { sql } from 'kysely'
import type { Backend } from './dialect.ts'
import type { Marks } from './types.ts'

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
