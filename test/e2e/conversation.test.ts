import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { places } from './places.ts'
import { createWorld, type World } from './world.ts'
import { patience } from '../patience.ts'

const late = 'Hi! I just wanted to let you know I will be arriving late tonight'
const when = 'Hello Ms Penelope! Thank you for contacting us. What time do you expect to arrive?'
const eleven = 'Around 11pm. Please hold my room, thank you.'
const gladly = 'Of course. We are looking forward to seeing you!'

const variants = {
  'as Mews is today': {},
  'as an older Mews is': { generation: 'old' },
  'with messages inside the webhooks': { entities: true },
} as const

describe.each(Object.entries(variants))('the conversation of the documentation, %s', (_, switches) => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({}, { switches })
    await world.connector.start()
  })
  afterAll(() => world.close())

  test.each(Object.entries(places))('goes both ways in %s', async (_place, createPlace) => {
    const { mews } = world
    const before = mews.threads().length
    const place = createPlace(world)
    await place.say(late)
    await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
    const thread = mews.threads().at(-1)
    if (thread === undefined) throw new Error('no thread')
    expect(thread.originalSender).toBe('Penelope Morgan')
    expect(thread.subject).toMatch(
      /^Hi! I just wanted to let you know I will be arriving late tonight \(.+, ref .{6}\)$/,
    )
    const texts = () => mews.messages(thread.id).map(({ text }) => text)
    await vi.waitFor(() => expect(texts()).toEqual([late]), patience)
    mews.reply(thread.id, when)
    await vi.waitFor(() => expect(place.heard()).toEqual([when]), patience)
    await place.say(eleven)
    await vi.waitFor(() => expect(texts()).toEqual([late, when, eleven]), patience)
    mews.reply(thread.id, gladly)
    await vi.waitFor(() => expect(place.heard()).toEqual([when, gladly]), patience)
    expect(mews.threads()).toHaveLength(before + 1)
  })
})

describe('with a restart between any two steps', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await world.connector.start()
  })
  afterAll(() => world.close())

  test.each(Object.entries(places))('nothing changes but timing in %s', async (_place, createPlace) => {
    const { mews, connector } = world
    const restart = async (): Promise<void> => {
      await connector.kill()
      await connector.start()
    }
    const before = mews.threads().length
    const place = createPlace(world)
    await place.say(late)
    await restart()
    await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
    const { id } = mews.threads().at(-1) ?? { id: '' }
    const texts = () => mews.messages(id).map(({ text }) => text)
    await vi.waitFor(() => expect(texts()).toEqual([late]), patience)
    await restart()
    await connector.kill()
    mews.reply(id, when)
    await connector.start()
    await vi.waitFor(() => expect(place.heard()).toEqual([when]), patience)
    await place.say(eleven)
    await restart()
    await vi.waitFor(() => expect(texts()).toEqual([late, when, eleven]), patience)
    mews.reply(id, gladly)
    await restart()
    await vi.waitFor(() => expect(place.heard()).toEqual([when, gladly]), patience)
    expect(mews.threads()).toHaveLength(before + 1)
  })
})
