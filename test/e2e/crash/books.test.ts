import { describe, expect, test } from 'vitest'
import { type Account, balance } from './books.ts'

const taken = (text: string) => ({ text, taken: true })
const given = (text: string) => ({ text, taken: false })

const audit = (account: Omit<Account, 'name'>) => {
  const { details, ...counts } = balance([{ name: 'conversation 1', ...account }], [])
  return { ...counts, complaints: details.length }
}

const right = { lost: 0, doubled: 0, outOfOrder: 0, orphans: 0, complaints: 0 }

describe('the books', () => {
  test('balance when everything arrived once and in order', () => {
    expect(
      audit({ written: [[taken('a')], [taken('ok')], [taken('ok')]], arrived: ['a', 'ok', 'ok'] }),
    ).toEqual(right)
  })

  test('find what is lost, equal words included', () => {
    const written = [[taken('a')], [taken('ok')], [taken('ok')]]
    expect(audit({ written, arrived: ['a', 'ok'] })).toEqual({ ...right, lost: 1, complaints: 1 })
  })

  test('find what is doubled, and what nobody wrote', () => {
    expect(audit({ written: [[taken('a')]], arrived: ['a', 'a', 'b'] })).toEqual({
      ...right,
      doubled: 2,
      complaints: 1,
    })
  })

  test('find what is out of order', () => {
    const written = [[taken('a')], [taken('b')]]
    expect(audit({ written, arrived: ['b', 'a'] })).toEqual({ ...right, outOfOrder: 1, complaints: 1 })
  })

  test('let what was written at the same time arrive in either order, but together', () => {
    const written = [[taken('a'), taken('b')], [taken('c')]]
    expect(audit({ written, arrived: ['b', 'a', 'c'] })).toEqual(right)
    expect(audit({ written, arrived: ['b', 'c', 'a'] })).toMatchObject({ outOfOrder: 1 })
  })

  test('let what was not taken arrive once, in its place, or never', () => {
    const written = [[given('a')], [taken('b')]]
    expect(audit({ written, arrived: ['b'] })).toEqual(right)
    expect(audit({ written, arrived: ['a', 'b'] })).toEqual(right)
    expect(audit({ written, arrived: ['b', 'a'] })).toMatchObject({ outOfOrder: 1 })
    expect(audit({ written, arrived: ['a', 'a', 'b'] })).toMatchObject({ doubled: 1 })
  })

  test('let what was not taken arrive late where it says so', () => {
    const account = {
      written: [[given('a')], [taken('b'), taken('c')]],
      isLate: (index: number) => index === 1,
    }
    expect(audit({ ...account, arrived: ['b', 'a', 'c'] })).toEqual(right)
    expect(audit({ ...account, arrived: ['a', 'b', 'c'] })).toEqual(right)
    expect(audit({ ...account, arrived: ['b', 'c', 'a'] })).toMatchObject({ outOfOrder: 1 })
    expect(audit({ ...account, arrived: ['a', 'a', 'b', 'c'] })).toMatchObject({ doubled: 1 })
    const last = { written: [[taken('a')], [given('b')]], isLate: () => true }
    expect(audit({ ...last, arrived: ['b', 'a'] })).toMatchObject({ outOfOrder: 1 })
    const owed = { written: [[taken('a')], [taken('b')]], isLate: () => true }
    expect(audit({ ...owed, arrived: ['b', 'a'] })).toMatchObject({ outOfOrder: 1 })
  })

  test('let words repeat only where they may', () => {
    const account = { written: [[taken('a')], [taken('b')]], arrived: ['a', 'a', 'b'] }
    expect(audit({ ...account, mayRepeat: (index) => index === 1 })).toEqual(right)
    expect(audit({ ...account, mayRepeat: (index) => index === 2 })).toMatchObject({ doubled: 1 })
  })

  test('count every thread that is an orphan', () => {
    expect(balance([], ['thread 1'])).toMatchObject({ orphans: 1, details: ['thread 1'] })
  })
})
