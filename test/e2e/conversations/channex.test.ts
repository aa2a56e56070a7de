import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { eleven, gladly, late, when } from '../../fixtures/penelope.ts'
import { patience } from '../../fakes/clock.ts'
import { runCommand } from '../../cli/run-command.ts'
import { toRefusal } from '../../fakes/channex/api.ts'
import { fakeAccount, isSend } from '../../fakes/channex/channex.ts'
import { createChannexBridge, type ChannexBridge } from '../support/channex-bridge.ts'

let bridge: ChannexBridge
afterEach(() => bridge.close())

const createBridge = async (webhooks: 'sent' | 'dropped'): Promise<ChannexBridge> => {
  bridge = await createChannexBridge(webhooks)
  return bridge
}

const penelope = { title: 'Penelope', booking: { name: 'Penelope', surname: 'Morgan', code: '4512345678' } }

const openedThread = async ({ mews }: ChannexBridge) => {
  await vi.waitFor(() => expect(mews.threads()).toHaveLength(1), patience)
  const [thread] = mews.threads()
  if (thread === undefined) throw new Error('no thread')
  return thread
}

const expectTexts = ({ mews }: ChannexBridge, id: string, texts: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(mews.messages(id).map(({ text }) => text)).toEqual(texts), patience)

const expectHeard = ({ channex }: ChannexBridge, guest: string, texts: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(channex.posted(guest)).toEqual(texts), patience)

describe('the conversation of the documentation with a guest of Booking.com', () => {
  test.each(['sent', 'dropped'] as const)('goes both ways with webhooks %s', async (webhooks) => {
    const { mews, channex, connector } = await createBridge(webhooks)
    await connector.start()
    const guest = channex.open(penelope)
    channex.say(guest, late)
    const { id, originalSender, subject } = await openedThread(bridge)
    expect(originalSender).toBe('Penelope Morgan')
    expect(subject).toMatch(
      /^Booking\.com 4512345678 · Hi! I just wanted to let you know I will be arriving late tonight \(Channex, ref .{10}\)$/,
    )
    await expectTexts(bridge, id, [late])
    mews.reply(id, when)
    await expectHeard(bridge, guest, [when])
    channex.say(guest, eleven)
    await expectTexts(bridge, id, [late, when, eleven])
    mews.reply(id, gladly)
    await expectHeard(bridge, guest, [when, gladly])
    expect(mews.threads()).toHaveLength(1)
    expect(await connector.stop()).toBe(0)
  })

  test('loses and repeats nothing when the connector is killed between any two steps', async () => {
    const { mews, channex, connector } = await createBridge('sent')
    const restart = async (): Promise<void> => {
      await connector.kill()
      await connector.start()
    }
    await connector.start()
    const guest = channex.open(penelope)
    channex.say(guest, late)
    await channex.settled()
    await restart()
    const { id } = await openedThread(bridge)
    await expectTexts(bridge, id, [late])
    await connector.kill()
    mews.reply(id, when)
    channex.say(guest, eleven)
    await channex.settled()
    await connector.start()
    await expectHeard(bridge, guest, [when])
    await vi.waitFor(
      () => expect(mews.messages(id).map(({ text }) => text)).toEqual(expect.arrayContaining([eleven])),
      patience,
    )
    await channex.flush()
    mews.reply(id, gladly)
    await restart()
    await expectHeard(bridge, guest, [when, gladly])
    expect(mews.messages(id)).toHaveLength(4)
    expect(mews.threads()).toHaveLength(1)
  })

  test('arrives once and in order when webhooks come late, twice and in the wrong order', async () => {
    const { channex, connector } = await createBridge('sent')
    Object.assign(channex.switches, { webhooks: 'held', doubled: true, reversed: true })
    await connector.start()
    const guest = channex.open(penelope)
    channex.say(guest, late, { at: Date.now() - 1000 })
    channex.say(guest, eleven)
    await channex.flush()
    const { id } = await openedThread(bridge)
    await expectTexts(bridge, id, [late, eleven])
    channex.say(guest, gladly)
    await channex.flush()
    await expectTexts(bridge, id, [late, eleven, gladly])
    expect(channex.answers).toEqual(Array(6).fill(204))
  })

  test('finds a reply in the thread when its answer was lost, even after a kill', async () => {
    const { mews, channex, connector } = await createBridge('sent')
    await connector.start()
    const guest = channex.open(penelope)
    channex.say(guest, late)
    const { id } = await openedThread(bridge)
    await expectTexts(bridge, id, [late])
    mews.reply(id, gladly)
    await expectHeard(bridge, guest, [gladly])
    channex.server.fail({ applied: true, kind: 'hang' }, { match: isSend })
    mews.reply(id, gladly)
    await expectHeard(bridge, guest, [gladly, gladly])
    await connector.kill()
    await connector.start()
    mews.reply(id, when)
    await expectHeard(bridge, guest, [gladly, gladly, when])
    expect(channex.server.requests.filter(isSend)).toHaveLength(3)
  })

  test('is one conversation for those who run it, and nothing of it stays when it is erased', async () => {
    const { mews, channex, connector } = await createBridge('sent')
    await connector.start()
    const guest = channex.open({ ...penelope, provider: 'AirBNB' })
    channex.say(guest, late, { meta: { name: 'Omar Haddad', role: 'co-host' } })
    const { id } = await openedThread(bridge)
    await expectTexts(bridge, id, [late])
    mews.reply(id, when)
    await expectHeard(bridge, guest, [when])
    channex.switches.sendData = false
    channex.say(guest, eleven)
    await expectTexts(bridge, id, [late, when, `Penelope Morgan: ${eleven}`])
    const list = await runCommand(['conversations', '--json'], connector.settings)
    expect(JSON.parse(list.out)).toMatchObject([{ id: `channex:${guest}`, platform: 'channex' }])
    await connector.stop()
    expect((await runCommand(['erase', `channex:${guest}`], connector.settings)).code).toBe(0)
    const path = connector.settings['DATABASE_URL']?.replace('sqlite:', '') ?? ''
    const file = await readFile(path, 'latin1')
    const personal = ['arriving late', 'Thank you for', 'Around 11pm', 'Morgan', 'Penelope', 'Omar', 'Haddad']
    expect(personal.filter((words) => file.includes(words))).toEqual([])
    expect(file).toContain(guest)
  })

  test.each([
    ['with', true],
    ['without', false],
  ])(
    'of another property is shown to nobody but those who run it, and goes on once its property is set, told by webhooks %s data',
    async (_, sendData) => {
      const { mews, channex, connector } = await createBridge('sent')
      const { otherPropertyId } = fakeAccount
      channex.switches.sendData = sendData
      await connector.start()
      const guest = channex.open({ ...penelope, propertyId: otherPropertyId })
      channex.say(guest, late)
      const tell = async (command: string): Promise<string> =>
        (await runCommand([command], connector.settings)).out
      const why = `No property has a route for this conversation (Channex, property ${otherPropertyId})`
      await vi.waitFor(async () => expect(await tell('deliveries')).toContain(why), patience)
      expect(await tell('check')).toMatch(/^FAILED +Channex, waiting +No property has a route/m)
      expect(mews.threads()).toEqual([])
      await connector.stop()
      await connector.start({ CHANNEX_PROPERTY_ID: otherPropertyId })
      const { id } = await openedThread(bridge)
      await expectTexts(bridge, id, [late])
      await vi.waitFor(async () => expect(await tell('deliveries')).toBe(''), patience)
      expect(await tell('check')).not.toContain('Channex, waiting')
    },
  )

  test('tells staff in a sentence for them why a reply was refused, and operators in Channex’s own words', async () => {
    const { mews, channex, connector } = await createBridge('sent')
    await connector.start()
    const guest = channex.open(penelope)
    channex.say(guest, late)
    const { id } = await openedThread(bridge)
    await expectTexts(bridge, id, [late])
    channex.refuse(guest, toRefusal(422, 'validation_error', 'Channel is not active'))
    mews.reply(id, 'See https://hotel.example.com/late')
    await vi.waitFor(
      () =>
        expect(mews.messages(id).at(-1)?.text).toMatch(
          /not delivered to the guest \(Channex\).*”\. Booking\.com often refuses messages with links\. Please send it again without them/,
        ),
      patience,
    )
    expect(mews.messages(id).at(-1)?.text).not.toContain('422')
    expect((await runCommand(['deliveries'], connector.settings)).out).toMatch(
      /Channel is not active.*Booking\.com often refuses texts with links/,
    )
  })
})
