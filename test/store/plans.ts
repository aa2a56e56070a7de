import type { Spool } from '../../src/store/spool/spool.ts'
import { CompiledQuery, type Kysely } from 'kysely'
import { createAdminStore } from '../../src/store/admin/admin.ts'
import type { AdminStore } from '../../src/store/admin/types.ts'
import type { Backend } from '../../src/store/dialect.ts'
import type { Schema } from '../../src/store/schema.ts'
import { createManualClock } from '../fakes/clock.ts'

/** Books whose reading queries can be seen. */
export interface WatchedBooks {
  readonly admin: AdminStore
  /** The plans of what was asked since the last time, as the database tells them: one line for each step. */
  plans(): Promise<readonly string[]>
}

type Executor = ReturnType<Kysely<Schema>['getExecutor']>

/** Remembers every query of a connection. */
const watch = (db: Kysely<Schema>, seen: CompiledQuery[]): Kysely<Schema> =>
  new Proxy(db, {
    get: (target, name) => {
      if (name !== 'getExecutor') {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return () =>
        new Proxy(target.getExecutor(), {
          get: (executor, method) => {
            const value: unknown = Reflect.get(executor, method)
            if (typeof value !== 'function') return value
            if (method !== 'executeQuery') return value.bind(executor)
            return (
              query: CompiledQuery,
              ...rest: Parameters<Executor['executeQuery']> extends [unknown, ...infer R] ? R : never
            ) => {
              seen.push(query)
              return executor.executeQuery(query, ...rest)
            }
          },
        })
    },
  })

/** For books whose spool does not matter. */
export const createSpoolOfNothing = (): Pick<Spool, 'size' | 'purge' | 'dropRefused'> => ({
  size: async () => ({ waiting: 0, refused: 0 }),
  purge: async () => true,
  dropRefused: async () => 0,
})

export const watchBooks = (backend: Backend, explain: string): WatchedBooks => {
  const seen: CompiledQuery[] = []
  const admin = createAdminStore(
    { ...backend, db: watch(backend.db, seen) },
    createSpoolOfNothing(),
    createManualClock({ skipSleeps: true }),
  )
  return {
    admin,
    plans: async () => {
      const lines: string[] = []
      for (const { sql, parameters } of seen.splice(0)) {
        if (!/^\s*(?:select|with)/i.test(sql)) continue
        const { rows } = await backend.db.executeQuery<Record<string, unknown>>(
          CompiledQuery.raw(`${explain} ${sql}`, [...parameters]),
        )
        lines.push(...rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])))
      }
      return lines
    },
  }
}
