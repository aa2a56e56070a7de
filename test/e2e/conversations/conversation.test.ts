import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { eleven, gladly, late, when } from '../../fixtures/penelope.ts'
import { patience } from '../../fakes/clock.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const variants = {
  'as Mews is today': {},
  'as an older Mews is': { generation: 'old' },
  'with messages inside the webhooks': { entities: true },
} as const

describe.each(Object.entries(variants))('the conversation of the documentation, %s', (_, switches) => {
  let system: SystemFixture
  beforeAll(async () => {
    system = await createSystemFixture({}, { switches })
    await system.connector.start()
  })
  afterAll(() => system.close())

  test.each(Object.entries(conversationKinds))('goes both ways in %s', async (_place, createPlace) => {
    const { mews } = system
    const before = mews.threads().length
    const place = createPlace(system)
    await place.say(late)
    await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
    const thread = mews.threads().at(-1)
    if (thread === undefined) throw new Error('no thread')
    expect(thread.originalSender).toBe('Penelope Morgan')
    expect(thread.subject).toMatch(
      /^Hi! I just wanted to let you know I will be arriving late tonight \(.+, ref .{10}\)$/,
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

/** All conversations at once, so that each kill meets all of them. */
test('with a restart between any two steps nothing changes but timing, wherever guests write', async () => {
  const system = await createSystemFixture()
  const { mews, connector } = system
  onTestFinished(() => system.close())
  await connector.start()
  const restart = async (): Promise<void> => {
    await connector.kill()
    await connector.start()
  }
  const guests = Object.entries(conversationKinds).map(([name, createPlace]) => ({
    ...createPlace(system),
    name,
  }))
  const everybody = async (act: (guest: (typeof guests)[number]) => unknown): Promise<void> =>
    void (await Promise.all(guests.map(act)))
  const threadOf = ({ name }: (typeof guests)[number]): string =>
    mews.threads().find(({ id }) => mews.messages(id)[0]?.text === `${late}, ${name}`)?.id ?? ''
  const expectEverywhere = (
    texts: readonly string[],
    read: (guest: (typeof guests)[number]) => readonly string[],
  ): Promise<void> =>
    vi.waitFor(
      () =>
        expect(Object.fromEntries(guests.map((guest) => [guest.name, read(guest)]))).toEqual(
          Object.fromEntries(guests.map(({ name }) => [name, texts])),
        ),
      patience,
    )
  const written = (guest: (typeof guests)[number]): readonly string[] =>
    mews.messages(threadOf(guest)).map(({ text }) => text.replace(`, ${guest.name}`, ''))
  const reply = (text: string): Promise<void> => everybody((guest) => mews.reply(threadOf(guest), text))

  await everybody((guest) => guest.say(`${late}, ${guest.name}`))
  await restart()
  await expectEverywhere([late], written)
  await restart()
  await connector.kill()
  await reply(when)
  await connector.start()
  await expectEverywhere([when], (guest) => guest.heard())
  await everybody((guest) => guest.say(eleven))
  await restart()
  await expectEverywhere([late, when, eleven], written)
  await reply(gladly)
  await restart()
  await expectEverywhere([when, gladly], (guest) => guest.heard())
  expect(mews.threads()).toHaveLength(guests.length)
})
