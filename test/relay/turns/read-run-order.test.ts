import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

test('what was written before and is recorded later goes first', async () => {
  await fixture.guests.say('anna', 'three', { overtook: ['one', 'two'] })
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two', 'three']]))
})

test('so it does however often the guest goes on writing meanwhile', async () => {
  const texts = Array.from({ length: 12 }, (_, number) => `text ${number}`)
  const written = texts.flatMap((text) => [`before ${text}`, text])
  await Promise.all(texts.map((text) => fixture.guests.say('anna', text, { overtook: [`before ${text}`] })))
  await fixture.until(() => expect(fixture.threads()).toEqual([written]))
})

test('what was written before and cannot be read yet is waited for', async () => {
  const { guests } = fixture
  await guests.say('anna', 'first')
  await fixture.until(() => expect(fixture.threads()).toEqual([['first']]))
  await guests.say('anna', 'three', { overtook: ['two'], overtookUnreadable: 2 })
  await fixture.until(() => expect(fixture.threads()).toEqual([['first', 'two', 'three']]))
})

test('what was on its way in the right order when the connector ended goes on in that order', async () => {
  const { guests, mews } = fixture
  mews.fail({ kind: 'reset', applied: false }, { operation: 'messages/add', times: 100 })
  await guests.say('anna', 'three', { overtook: ['one', 'two'] })
  await fixture.until(() => expect(fixture.callsOf('messages/add')).not.toHaveLength(0))
  await fixture.restart([{ name: 'Grand Hotel' }])
  mews.heal()
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two', 'three']]))
})
