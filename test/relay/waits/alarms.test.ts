import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAlarmOptions } from '../../../src/relay/waits/alert.ts'
import { readOpeningHours } from '../../../src/util/opening-hours.ts'
import { type AlertReceiver, createAlertReceiver } from '../../fakes/alert-receiver.ts'
import { day, hour, minute, second } from '../../fakes/clock.ts'
import { createCrashAfter, createCrashesAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import type { RelayFixtureOptions } from '../support/fixture.ts'

let receiver: AlertReceiver
let fixture: FakePlatform
beforeEach(async () => {
  receiver = await createAlertReceiver()
})
afterEach(async () => {
  await fixture.close()
  await receiver.close()
})

interface Given extends Partial<Pick<RelayFixtureOptions, 'createCrash' | 'hours'>> {
  readonly isTask?: boolean
  readonly isOpenTimeOnly?: boolean
  readonly isAlert?: boolean
}

const start = async (given: Given = {}): Promise<void> => {
  const { isTask = false, isOpenTimeOnly = false, isAlert = true, ...rest } = given
  const secrets = [Buffer.from(receiver.secret.slice('whsec_'.length), 'base64')]
  const to = isAlert ? { url: receiver.url, secrets } : {}
  fixture = await createFakePlatform({
    ...rest,
    alarms: (world) => createAlarmOptions({ minutes: [10, 30, 120], isTask, isOpenTimeOnly, ...to }, world),
  })
}

/** A guest writes; gives when Mews had it. */
const write = async (guest = 'anna', text = 'Is the desk open?'): Promise<number> => {
  const before = fixture.threads().flat().length
  await fixture.guests.say(guest, text)
  await fixture.arrived(before + 1)
  const thread = fixture.mews.threads().at(-1)?.id ?? ''
  return fixture.mews.messages(thread).at(-1)?.createdAt ?? 0
}

const steps = (): readonly string[] =>
  receiver.taken.map(({ body }) => `${body.conversation} ${Math.floor(body.waitedSeconds / 60)}`)

/** Waits a time, a few seconds at once. */
const pass = (ms: number): Promise<void> => fixture.pass(ms, 2 * second)

describe('an alarm', () => {
  test('comes once for each step, within 20 s, signed, and without a guest’s word or name', async () => {
    await start()
    const from = await write()
    await pass(9 * minute + 50 * second)
    expect(receiver.taken).toEqual([])
    await pass(2 * hour)
    await pass(3 * hour)
    expect(steps()).toEqual(['lobby:anna 10', 'lobby:anna 30', 'lobby:anna 120'])
    const due = [10, 30, 120].map((minutes) => from + minutes * minute)
    for (const [index, { at, body }] of receiver.taken.entries()) {
      expect(at - (due[index] ?? 0)).toBeGreaterThanOrEqual(-second)
      expect(at - (due[index] ?? 0)).toBeLessThan(20 * second)
      expect(Object.keys(body).toSorted()).toEqual(['conversation', 'property', 'text', 'waitedSeconds'])
    }
    const reference = /ref (\w{10})/.exec(fixture.mews.threads()[0]?.subject ?? '')?.[1]
    const [first] = receiver.taken
    expect(first?.body.text).toBe(
      `A guest has been waiting for 10 minutes for a reply from Grand Hotel (Lobby, ref ${reference}).`,
    )
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(3)
    expect(fixture.guests.heard('anna')).toEqual([])
  })

  test('comes for nobody whose wait has ended, also where that is seen only now', async () => {
    await start()
    fixture.mews.switches.webhooks = 'dropped'
    await write('anna')
    await write('ben')
    await pass(9 * minute + 40 * second)
    fixture.mews.reply(fixture.thread(0), 'Yes')
    fixture.mews.resolve(fixture.thread(1))
    await pass(3 * hour)
    expect(receiver.taken).toEqual([])
  })

  test('comes all the same where the reply does not reach the guest', async () => {
    await start()
    await write()
    fixture.guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'gone' } }, 20)
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await pass(11 * minute)
    expect(steps()).toEqual(['lobby:anna 10'])
  })

  test('comes in time while Mews cannot be asked', async () => {
    await start()
    const from = await write()
    fixture.mews.fail({ kind: 'answer', applied: false, answer: { status: 500, body: '' } }, { times: 1_000 })
    await pass(11 * minute)
    expect(steps()).toEqual(['lobby:anna 10'])
    expect((receiver.taken[0]?.at ?? 0) - from).toBeLessThan(10 * minute + 20 * second)
    fixture.mews.heal()
  })

  test('comes once, for the highest step, where several fell due while nothing ran', async () => {
    const { createCrash, kill } = createCrashesAfter()
    await start({ createCrash, isTask: true })
    await write()
    await pass(minute)
    kill()
    fixture.clock.step(day)
    await fixture.revive()
    await pass(3 * hour)
    expect(receiver.taken).toHaveLength(1)
    expect(receiver.taken[0]?.body.waitedSeconds).toBeGreaterThan((day - minute) / second)
    expect(fixture.mews.tasks()).toHaveLength(1)
  })

  test('is tried again with the same id until it is taken, and never after that', async () => {
    await start()
    await write()
    receiver.fail({ kind: 'answer', applied: false, answer: { status: 503, body: '' } }, { times: 3 })
    receiver.fail({ kind: 'reset', applied: false }, { times: 2 })
    await pass(25 * minute)
    expect(receiver.requests).toHaveLength(6)
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1)
    expect(steps()).toEqual(['lobby:anna 10'])
    expect(fixture.lines.filter(({ message }) => message === 'alarm not sent yet')).toHaveLength(5)
    expect(JSON.stringify(fixture.lines)).not.toContain(receiver.url)
  })

  test('of a receiver that hangs keeps neither messages nor other guests’ alarms', async () => {
    await start()
    await write('anna')
    receiver.fail({ kind: 'hang', applied: false }, { times: 1 })
    await pass(5 * second)
    const from = await write('ben')
    await pass(10 * minute + 30 * second)
    const ben = receiver.taken.find(({ body }) => body.conversation === 'lobby:ben')
    expect((ben?.at ?? Infinity) - from).toBeLessThan(10 * minute + 20 * second)
    await pass(minute)
    expect(steps().toSorted()).toEqual(['lobby:anna 10', 'lobby:ben 10'])
  })

  test('begins anew with a new wait', async () => {
    await start()
    await write()
    await pass(11 * minute)
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await pass(minute)
    await write('anna', 'And breakfast?')
    await pass(11 * minute)
    expect(steps()).toEqual(['lobby:anna 10', 'lobby:anna 10'])
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(2)
  })

  test('goes by Mews’s clock, whatever the machine’s says', async () => {
    await start()
    const from = await write()
    fixture.clock.set(7 * day)
    await pass(minute)
    expect(receiver.taken).toEqual([])
    fixture.clock.set(-9 * day)
    await pass(10 * minute)
    expect(steps()).toEqual(['lobby:anna 10'])
    expect((receiver.taken[0]?.at ?? 0) - from).toBeLessThan(10 * minute + 20 * second)
  })

  test('counts only the time in which the desk is open, where that is wanted', async () => {
    const hours = readOpeningHours({ 'mon-sun': ['07:00-18:25'] }, () => {})
    if (hours === undefined) throw new Error('no hours')
    // It is 18:20 in Budapest, and the desk closes in five minutes.
    await start({ isOpenTimeOnly: true, hours: new Map([['Grand Hotel', { hours, toldOn: [] }]]) })
    await write()
    await fixture.pass(12 * hour, minute)
    expect(receiver.taken).toEqual([])
    await fixture.pass(47 * minute, 10 * second)
    expect(receiver.taken).toHaveLength(1)
    expect(receiver.taken[0]?.body.waitedSeconds).toBeGreaterThan((12 * hour) / second)
  })
})

test('a backup that is put back makes no second task, and tells the receiver under the same id', async () => {
  await start({ isTask: true })
  await write()
  await pass(9 * minute)
  await fixture.backUp()
  await pass(2 * minute)
  expect(fixture.mews.tasks()).toHaveLength(1)
  await fixture.putBack()
  await pass(5 * minute)
  expect(fixture.mews.tasks()).toHaveLength(1)
  expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(1)
})

describe('a task', () => {
  test('says in Mews which thread is meant, once for each step', async () => {
    await start({ isTask: true, isAlert: false })
    await write()
    await pass(32 * minute)
    const reference = /ref (\w{10})/.exec(fixture.mews.threads()[0]?.subject ?? '')?.[1]
    expect(fixture.mews.tasks().map(({ name }) => name)).toEqual([
      `Answer the guest (Lobby, ref ${reference})`,
      `Answer the guest (Lobby, ref ${reference})`,
    ])
    expect(receiver.requests).toEqual([])
  })

  test.each([
    ['a reset after it was added', { kind: 'reset', applied: true }],
    ['a reset before it was added', { kind: 'reset', applied: false }],
    ['no answer after it was added', { kind: 'hang', applied: true }],
    ['a 500 before it was added', { kind: 'answer', applied: false, answer: { status: 500, body: '' } }],
    ['a 429', { kind: 'answer', applied: false, answer: { status: 429, body: '' } }],
  ] as const)('is added once in spite of %s', async (_, fault) => {
    await start({ isTask: true })
    await write()
    fixture.mews.fail(fault, { operation: 'tasks/add' })
    await pass(20 * minute)
    expect(fixture.mews.tasks()).toHaveLength(1)
    expect(steps()).toEqual(['lobby:anna 10'])
  })

  test('without the permission is given up, and keeps neither the alert nor the hotel', async () => {
    await start({ isTask: true })
    await write()
    fixture.mews.fail(
      { kind: 'answer', applied: false, answer: { status: 401, body: '' } },
      { operation: 'tasks/add', times: 100 },
    )
    await pass(11 * minute)
    expect(steps()).toEqual(['lobby:anna 10'])
    expect(fixture.gate.state().failingSince).toBe(null)
    expect(fixture.lines.filter(({ message }) => message === 'alarm given up')).toHaveLength(1)
    await write('anna', 'Hello?')
  })
})

test.each(Array.from({ length: 14 }, (_, index) => index + 1))(
  'a kill after act %i of an alarm makes no second one, and loses none',
  async (act) => {
    let crash = createCrashAfter(Infinity)
    await start({ createCrash: () => crash, isTask: true })
    await write()
    await pass(9 * minute)
    // From here on its acts are counted.
    await fixture.relay.stop(0)
    crash = createCrashAfter(act)
    await fixture.revive()
    for (let left = 60; left > 0; left -= 1) {
      await pass(5 * second)
      if (!crash.hasCrashed()) continue
      crash = createCrashAfter(Infinity)
      await fixture.revive()
    }
    await pass(5 * minute)
    expect(fixture.mews.tasks()).toHaveLength(1)
    expect(receiver.taken.length).toBeGreaterThanOrEqual(1)
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(1)
    expect(await fixture.store.waits.running({ property: 'Grand Hotel', limit: 9, unless: 10 })).toEqual([])
  },
)
