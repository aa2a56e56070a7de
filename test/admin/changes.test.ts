import { expect, test } from 'vitest'
import { createChanges } from '../../src/admin/changes.ts'
import { createManualClock, hour } from '../fakes/clock.ts'

const start = () => {
  const clock = createManualClock()
  const state = { stamp: 'a', asked: 0, isOver: false }
  const figures = {
    stamp: async () => {
      state.asked += 1
      return state.stamp
    },
  }
  const changes = createChanges({ figures, clock })
  const open = (formToken = 'ann') => {
    const leaving = new AbortController()
    const { stream, status } = changes.answer(
      { formToken, endsAt: clock.now() + hour },
      async () => state.isOver,
    )
    const events = stream?.(leaving.signal)[Symbol.asyncIterator]()
    if (events === undefined) throw new Error(`there is no stream but ${status}`)
    return { events, leave: () => leaving.abort() }
  }
  const record = (): void => changes.observer.appended?.([])
  const settle = (): void => changes.observer.settled?.({} as never, undefined)
  return { clock, state, changes, record, settle, open }
}

/** Whether a promise is settled by now, once everything that can happen has happened. */
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false
  void promise.finally(() => {
    settled = true
  })
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
  return settled
}

test('a page looks when it has connected, and once for any number of changes', async () => {
  const { clock, record, settle, open } = start()
  const { events } = open()
  expect((await events.next()).value).toMatch(/^retry: \d+\ndata: look\n\n$/)
  const next = events.next()
  expect(await isSettled(next)).toBe(false)
  for (let number = 0; number < 5; number += 1) record()
  expect(await next).toEqual({ done: false, value: 'data: look\n\n' })
  const after = events.next()
  settle()
  expect(await isSettled(after)).toBe(false)
  await clock.advance(1_000)
  expect(await after).toEqual({ done: false, value: 'data: look\n\n' })
})

test('what another process records is noticed, by one look a second for all pages together', async () => {
  const { clock, state, open } = start()
  const pages = [open(), open(), open()]
  for (const { events } of pages) await events.next()
  const next = pages.map(({ events }) => events.next())
  expect(await isSettled(Promise.all(next))).toBe(false)
  state.stamp = 'b'
  const before = state.asked
  await clock.advance(1_000)
  await Promise.all(next)
  expect(state.asked - before).toBe(1)
})

test('nobody looks around while no page is open', async () => {
  const { clock, state, open } = start()
  const { events, leave } = open()
  await events.next()
  const next = events.next()
  leave()
  expect(await next).toEqual({ done: true, value: undefined })
  const before = state.asked
  await clock.advance(60_000)
  expect(state.asked).toBe(before)
})

test('a silent connection is used now and then, and ends with the session', async () => {
  const { clock, open } = start()
  const { events } = open()
  const began = clock.now()
  await events.next()
  let beats = 0
  for (;;) {
    const next = events.next()
    await clock.advance(16_000)
    if ((await next).done === true) break
    beats += 1
  }
  expect(beats).toBeGreaterThan(200)
  expect(clock.now() - began).toBeLessThan(hour + 16_000)
})

test('who signs out ends own pages only', async () => {
  const { changes, clock, open } = start()
  const ann = open('ann')
  const bob = open('bob')
  await ann.events.next()
  await bob.events.next()
  const [annNext, bobNext] = [ann.events.next(), bob.events.next()]
  changes.end({ formToken: 'ann', endsAt: clock.now() + hour })
  expect(await annNext).toEqual({ done: true, value: undefined })
  expect(await isSettled(bobNext)).toBe(false)
  bob.leave()
  await bobNext
})

test('who has signed out at another process is told of no further change', async () => {
  const { state, record, open } = start()
  const { events } = open()
  await events.next()
  state.isOver = true
  record()
  expect(await events.next()).toEqual({ done: true, value: undefined })
})

test('there are only so many, and a place is free again when somebody leaves', async () => {
  const { open } = start()
  const pages = Array.from({ length: 100 }, () => open())
  for (const { events } of pages) await events.next()
  expect(() => open()).toThrow('503')
  const last = pages.pop()
  const ending = last?.events.next()
  last?.leave()
  await ending
  expect(() => open()).not.toThrow()
})
