import { afterEach, expect, test, vi } from 'vitest'
import { patience } from '../patience.ts'
import { createLobby, type Lobby } from './lobby.ts'

let lobby: Lobby
afterEach(() => lobby.close())

/** As after a crash between the thread's opening and its binding; resolves with how to write the binding after all. */
const unbind = async (): Promise<() => Promise<void>> => {
  const storage = lobby.store.keyv('bindings')
  const written: { key: string; value: string }[] = []
  for await (const [key, value] of storage.iterator()) written.push({ key, value })
  await storage.deleteMany(written.map(({ key }) => key))
  return () => storage.setMany(written)
}

test('a reply in a thread whose binding is not written yet waits for it', async () => {
  lobby = await createLobby()
  await lobby.guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
  const bind = await unbind()
  lobby.mews.reply(lobby.thread(0), 'first')
  await lobby.until(() =>
    expect(lobby.lines).toContainEqual(expect.objectContaining({ message: 'reply waits' })),
  )
  // However long that takes, the reply comes soon after.
  await lobby.pass(150_000)
  expect(lobby.guests.heard('anna')).toEqual([])
  await bind()
  await lobby.pass(5_000)
  await vi.waitFor(() => expect(lobby.guests.heard('anna')).toEqual(['first']), patience)
  lobby.mews.reply(lobby.thread(0), 'second')
  await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['first', 'second']))
})

test('a binding of which a crash left one direction unwritten is completed at the next start', async () => {
  lobby = await createLobby()
  const { store, guests } = lobby
  await guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
  const storage = store.keyv('bindings')
  const written = new Map<string, string>()
  for await (const [key, value] of storage.iterator()) if (key.includes('thread:')) written.set(key, value)
  expect(written.size).toBe(1)
  const keys = [...written.keys()]
  await storage.deleteMany(keys)
  const opening = { conversation: 'lobby:anna', property: 'Grand Hotel', reference: 'AAAAAA' }
  await store.threads.intend({ ...opening, subject: 'one', sender: 'Anna', startedAt: lobby.clock.now() })
  await store.threads.opened(opening, lobby.thread(0), lobby.clock.now())
  await lobby.restart([{ name: 'Grand Hotel' }])
  await vi.waitFor(async () => expect(await storage.getMany(keys)).toEqual([...written.values()]), patience)
  await expect(store.threads.unbound()).resolves.toEqual([])
})
