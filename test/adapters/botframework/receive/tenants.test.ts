import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations, partnerTenantId, tenantId } from '../../../fakes/botframework/activities.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  await setup.close()
})

type Fields = Readonly<Record<string, unknown>>

const deliver = async (activity: Fields): Promise<number> => setup.status(await setup.fake.request(activity))

describe('tenants', () => {
  it('that are not on the list are acknowledged, so that Teams stops, and dropped', async () => {
    const strict = await createSetup({ settings: { BOT_ALLOWED_TENANTS: 'another-tenant' } })
    const { message } = strict.fake.activities
    expect(await strict.status(await strict.fake.request(message('Late arrival?')))).toBe(200)
    const nameless = { ...message('Hello'), conversation: { id: 'a:1' }, channelData: null }
    expect(await strict.status(await strict.fake.request(nameless))).toBe(200)
    expect(strict.inbox.accepted).toHaveLength(0)
    expect(strict.lines.some(({ level }) => level === 'warn')).toBe(true)
    expect(strict.counted).toEqual(['foreign', 'foreign'])
    await strict.close()
  })

  it('that are not on the list fill no log: one line a minute says how often', async () => {
    const strict = await createSetup({ settings: { BOT_ALLOWED_TENANTS: 'another-tenant' } })
    const { message } = strict.fake.activities
    const write = async (id: string): Promise<void> => {
      const one = {
        ...message('Late arrival?'),
        conversation: { id: 'a:1', tenantId: id },
        channelData: null,
      }
      expect(await strict.status(await strict.fake.request(one))).toBe(200)
    }
    const told = () =>
      strict.lines.flatMap(({ message: said, fields }) => (/tenant/.test(said) ? fields : []))
    for (let count = 0; count < 30; count += 1) await write(`tenant-${count}`)
    expect(told()).toEqual([{ tenants: ['tenant-0'], count: 1 }])
    strict.clock.step(60_000)
    await write('Dear all,\nsend your keys')
    expect(told()[1]).toEqual({ tenants: ['unreadable'], count: 30 })
    expect(strict.counted).toHaveLength(31)
    await strict.close()
  })

  it('that are on the list are recorded, in any case of letters', async () => {
    const strict = await createSetup({ settings: { BOT_ALLOWED_TENANTS: `x, ${tenantId.toUpperCase()}` } })
    await strict.status(await strict.fake.request(strict.fake.activities.message('Late arrival?')))
    expect(strict.inbox.recorded).toHaveLength(1)
    await strict.close()
  })

  it('that contradict each other where somebody is alone with the bot are dropped', async () => {
    expect(await deliver(setup.fake.activities.outsider('Hello', 'personal'))).toBe(200)
    expect(setup.inbox.accepted).toHaveLength(0)
  })

  it.each(['shared', 'group'] as const)(
    'of writers whom the host has let into a %s conversation are taken, and belong to the host',
    async (where) => {
      const strict = await createSetup({ settings: { BOT_ALLOWED_TENANTS: tenantId } })
      const { message, outsider } = strict.fake.activities
      for (const activity of [outsider('Late arrival?', where), message('Welcome!', where)])
        expect(await strict.status(await strict.fake.request(activity))).toBe(200)
      const [first, second] = strict.inbox.recorded
      expect(first).toMatchObject({ conversation: conversations[where].id, routing: { tenant: tenantId } })
      expect(first?.routing).toEqual(second?.routing)
      expect(first?.keys[0]).toMatch(new RegExp(`^msteams\\|${tenantId}\\|`))
      const { address, turns } = await strict.adapter.read(first?.payload ?? '', neverAborted)
      expect(turns).toMatchObject([
        { author: { id: '29:partner', name: 'Jonas Weber' }, text: 'Late arrival?' },
      ])
      expect(address).toMatchObject({ tenantId, conversationId: conversations[where].id })
      await strict.close()
    },
  )

  it('of hosts are what is on the list: a writer who is listed opens no channel of a tenant that is not', async () => {
    const strict = await createSetup({ settings: { BOT_ALLOWED_TENANTS: partnerTenantId } })
    const activity = strict.fake.activities.outsider('Late arrival?', 'shared')
    expect(await strict.status(await strict.fake.request(activity))).toBe(200)
    expect(strict.inbox.accepted).toHaveLength(0)
    expect(strict.counted).toEqual(['foreign'])
    await strict.close()
  })

  it('of writers make nothing new of what Teams sends again', async () => {
    const activity = setup.fake.activities.outsider('Late arrival?', 'shared')
    await deliver(activity)
    await deliver(activity)
    expect(setup.inbox.recorded).toHaveLength(1)
  })
})
