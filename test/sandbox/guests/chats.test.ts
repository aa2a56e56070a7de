import { describe, expect, test } from 'vitest'
import { createChats } from '../../../src/sandbox/guests/chats.ts'

let drawn = 0
const create = () => createChats({ now: () => 1000, random: () => (drawn += 1) / 100_000, changed: () => {} })
const words = { from: 'guest', author: 'Ines', text: 'Hi', state: 'sent' } as const

describe('the chats', () => {
  test('keep the newest 200, newest first', () => {
    const chats = create()
    const first = chats.open('First', 'personal')
    for (let index = 1; index <= 200; index += 1) chats.open(`Guest ${index}`, 'personal')
    expect(chats.list()).toHaveLength(200)
    expect(chats.list()[0]?.guest).toBe('Guest 200')
    expect(chats.find(first.key)).toBeUndefined()
  })

  test('keep the newest 1000 messages of each', () => {
    const chats = create()
    const chat = chats.open('Ines', 'personal')
    for (let index = 0; index <= 1000; index += 1) chats.add(chat, { ...words, text: String(index) })
    expect(chat.messages).toHaveLength(1000)
    expect(chat.messages[0]?.text).toBe('1')
  })

  test('give messages of the same millisecond different ids', () => {
    const chats = create()
    const chat = chats.open('Ines', 'personal')
    expect([chats.add(chat, words).id, chats.add(chat, words).id]).toEqual(['1000', '1001'])
  })

  test('forget the reason once a message is sent', () => {
    const chats = create()
    const chat = chats.open('Ines', 'personal')
    const { id } = chats.add(chat, words)
    chats.mark(chat, id, 'not sent', 'because')
    expect(chat.messages[0]).toMatchObject({ state: 'not sent', reason: 'because' })
    chats.mark(chat, id, 'sent')
    expect(chat.messages[0]).toEqual({ ...words, id, at: 1000 })
  })
})
