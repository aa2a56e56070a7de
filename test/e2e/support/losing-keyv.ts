import { createPostgresServer } from '../../fakes/postgres.ts'

/** A Keyv backend that may lose what it was given, as Redis does that keeps its data in memory and writes it down now and then. */
export interface LosingKeyv {
  /** For `KEYV_URL`. */
  readonly url: string
  /** Writes everything down. */
  keep(): Promise<void>
  /** Loses everything, or all that it was given since `keep`. */
  lose(what: 'everything' | 'the newest'): Promise<void>
  close(): Promise<void>
}

/** The connector's table, as `src/store/keyv/backend.ts` has it made. */
const table = 'mews_chat_keyv'
const copy = 'mews_chat_keyv_kept'

/** Makes one, on a PostgreSQL server of its own. */
export const createLosingKeyv = async (): Promise<LosingKeyv> => {
  const server = await createPostgresServer()
  const url = await server.database()
  const run = (statement: string): Promise<unknown> => server.run(url, statement)
  await run(`create table public.${table} (key varchar(255) primary key, value text)`)
  await run(`create table public.${copy} (like public.${table})`)
  return {
    url,
    keep: async () =>
      void (await run(
        `delete from public.${copy}; insert into public.${copy} select * from public.${table}`,
      )),
    lose: async (what) => {
      const back = what === 'everything' ? '' : `insert into public.${table} select * from public.${copy}`
      await run(`lock public.${table}; delete from public.${table}; ${back}`)
    },
    close: () => server.dispose(),
  }
}
