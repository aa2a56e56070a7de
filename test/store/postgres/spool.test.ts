import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { claim, entry } from '../../contracts/store/harness.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

let server: PostgresServer
let url = ''
let store: OpenStore

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())
beforeEach(async () => {
  url = await server.database()
  store = await openStore({ url, clock: createManualClock({ skipSleeps: true }), exclusive: true })
})
afterEach(() => store.close())

test('what is refused is put aside once, also when the spool could not be emptied at first', async () => {
  await store.log.record([entry('x', 'a'), entry('x', 'b', { kind: null as unknown as string })])
  await server.run(
    url,
    `create function keep() returns trigger language plpgsql as $$ begin raise 'kept'; end $$;
    create trigger keep before delete on spool for each statement execute function keep()`,
  )
  await expect(store.log.drain(100)).rejects.toThrow('kept')
  expect(await store.admin.figures.spooled()).toEqual({ waiting: 2, refused: 0 })
  await server.run(url, 'drop trigger keep on spool')
  expect(await store.log.drain(100)).toBe(2)
  expect(await store.admin.figures.spooled()).toEqual({ waiting: 0, refused: 1 })
})

const large = (word: string) => entry('x', word.repeat(300_000), { keys: [word] })

test('what comes at once makes rows of a megabyte: what is handed over later is counted in rows', async () => {
  const apart = await openStore({
    url,
    clock: createManualClock({ skipSleeps: true }),
    exclusive: true,
    apart: true,
  })
  const words = Array.from('abcdefgh')
  await Promise.all(words.map((word) => apart.log.record([large(word), entry('x', `small-${word}`)])))
  expect(await server.run(url, 'select size::int as size from spool order by id')).toEqual([
    { size: 6 },
    { size: 6 },
    { size: 4 },
  ])
  while ((await apart.log.drain(100)) > 0);
  const [run] = await claim(apart, { limit: 100 })
  const payloads = run?.entries.map(({ payload }) => payload.slice(0, 7))
  expect(payloads).toEqual(words.flatMap((word) => [word.repeat(7), `small-${word}`]))
  await apart.close()
})

test('a record that the database refuses fails alone, whoever it came with', async () => {
  const apart = await openStore({
    url,
    clock: createManualClock({ skipSleeps: true }),
    exclusive: true,
    apart: true,
  })
  await server.run(url, `alter table spool add check (entries not like '%poison%')`)
  const records = ['a', 'poison', 'b'].map((word) => apart.log.record([entry('x', word)]))
  const outcomes = await Promise.allSettled(records)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await expect(records[1]).rejects.toMatchObject({ code: 'invalid' })
  await apart.close()
})
