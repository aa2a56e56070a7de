import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform()
})
afterEach(() => lobby.close())

test('what was written before and is recorded later goes first', async () => {
  await lobby.guests.say('anna', 'three', { overtook: ['one', 'two'] })
  await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'two', 'three']]))
})

test('so it does however often the guest goes on writing meanwhile', async () => {
  const texts = Array.from({ length: 12 }, (_, number) => `text ${number}`)
  const written = texts.flatMap((text) => [`before ${text}`, text])
  await Promise.all(texts.map((text) => lobby.guests.say('anna', text, { overtook: [`before ${text}`] })))
  await lobby.until(() => expect(lobby.threads()).toEqual([written]))
})

test('what was written before and cannot be read yet is waited for', async () => {
  const { guests } = lobby
  await guests.say('anna', 'first')
  await lobby.until(() => expect(lobby.threads()).toEqual([['first']]))
  await guests.say('anna', 'three', { overtook: ['two'], overtookUnreadable: 2 })
  await lobby.until(() => expect(lobby.threads()).toEqual([['first', 'two', 'three']]))
})

test('what was on its way in the right order when the connector ended goes on in that order', async () => {
  const { guests, mews } = lobby
  mews.fail({ kind: 'reset', applied: false }, { operation: 'messages/add', times: 100 })
  await guests.say('anna', 'three', { overtook: ['one', 'two'] })
  await lobby.until(() =>
    expect(lobby.calls.filter(({ operation }) => operation === 'messages/add')).not.toHaveLength(0),
  )
  await lobby.restart([{ name: 'Grand Hotel' }])
  mews.heal()
  await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'two', 'three']]))
})
