import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Clock } from '../../port.ts'
import { type Backend, toStorable } from '../dialect.ts'
import { isUnavailable } from '../error.ts'
import { createGroupCommit } from '../group-commit.ts'
import type { KeyvTable } from '../schema.ts'
import type { KeyvStorage } from '../types.ts'

/** How many are read or written together at most. */
const mostAtOnce = 1_000

/**
 * A Keyv storage adapter whose rows are apart from those of every other `space`, whatever namespace Keyv gives it. It rejects when the
 * database fails. Keyv itself drops expired values; only `has` checks the time here.
 */
export const createKeyvStorage = (backend: Backend, clock: Clock, space: string): KeyvStorage => {
  const { dialect } = backend
  const { read, remove, get, getMany, setMany } = createSpace(backend, clock, space)
  const storage: KeyvStorage = {
    opts: { url: `${dialect.name}:`, dialect: dialect.name },
    namespace: space,
    get,
    getMany,
    set: async (key, value, ttl) => {
      await setMany([ttl === undefined ? { key, value } : { key, value, ttl }])
      return true
    },
    setMany,
    delete: (key) => remove(sql`key = ${key}`),
    deleteMany: (keys) => remove(sql`key in ${dialect.list(keys)}`),
    clear: async () => {
      await remove(inNamespace(storage.namespace))
    },
    has: async (key) => {
      const [row] = await read(sql`key = ${key}`)
      return row !== undefined && (row.expires_at === null || row.expires_at > clock.now())
    },
    async *iterator(namespace) {
      for (const { key, value } of await read(inNamespace(namespace))) yield [key, value]
    },
    // The connection belongs to the store.
    disconnect: async () => {},
    // Failures reject; there is nothing to listen to.
    on: () => undefined,
  }
  return storage
}

/** The rows of one space. Many conversations read at the same time, so reads are batched as commits are. */
const createSpace = ({ db, dialect, transact }: Backend, clock: Clock, space: string) => {
  const read = async (which: RawBuilder<unknown>): Promise<readonly KeyvTable[]> => {
    const { rows } = await sql<KeyvTable>`
      select * from keyv where space = ${space} and ${which}`.execute(db)
    return rows
  }
  const remove = async (which: RawBuilder<unknown>): Promise<boolean> => {
    const statement = sql`delete from keyv where space = ${space} and ${which}`
    const { numAffectedRows = 0n } = await transact((trx) => statement.execute(trx))
    return numAffectedRows > 0n
  }
  const getMany = async (keys: readonly string[]): Promise<(string | undefined)[]> => {
    const rows = await read(sql`key in ${dialect.list(keys)}`)
    const found = new Map(rows.map(({ key, value }) => [key, value]))
    return keys.map((key) => found.get(toStorable(key)))
  }
  const write = async (entries: readonly Written[]): Promise<void> => {
    const columns = { key: 'text', value: 'text', expires_at: 'bigint' } as const
    const rows = dialect.table(columns, toRows(entries, clock.now()))
    const statement = sql`insert into keyv (space, key, value, expires_at)
      select ${space}, key, value, expires_at from ${rows} as written where true
      on conflict (space, key) do update
      set value = excluded.value, expires_at = excluded.expires_at`
    await transact((trx) => statement.execute(trx))
  }
  const gets = createGroupCommit({
    commit: getMany,
    weigh: () => 1,
    limit: mostAtOnce,
    failsAll: isUnavailable,
  })
  const sets = createGroupCommit({
    commit: async (lists: readonly (readonly Written[])[]) => {
      await write(lists.flat())
      return lists.map(() => undefined)
    },
    weigh: (entries) => entries.length,
    limit: mostAtOnce,
    failsAll: isUnavailable,
  })
  return { read, remove, get: gets.submit, getMany, setMany: sets.submit }
}

type Written = Parameters<KeyvStorage['setMany']>[0][number]

/** The last value of each key. */
const toRows = (entries: readonly Written[], now: number): readonly Omit<KeyvTable, 'space'>[] => {
  const last = new Map(entries.map((entry) => [entry.key, entry]))
  return Array.from(last.values(), ({ key, value, ttl }) => ({
    key,
    value,
    expires_at: ttl === undefined ? null : now + ttl,
  }))
}

/** Keyv puts its namespace and a colon before every key. */
const inNamespace = (namespace: string | undefined): RawBuilder<unknown> => {
  const prefix = namespace === undefined ? '' : `${namespace}:`
  return sql`substr(key, 1, length(${prefix})) = ${prefix}`
}
