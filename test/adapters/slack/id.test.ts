import { describe, expect, it } from 'vitest'
import { readAddress, readConversationId, toAddress, toConversationId } from '../../../adapters/slack/id.ts'

describe('conversation ids', () => {
  it.each([
    [{ channel: 'D0INES' }, 'D0INES'],
    [{ channel: 'C0LOBBY', threadTs: '1793640011.000219' }, 'C0LOBBY:1793640011.000219'],
  ])('name %j %s, and back', (place, id) => {
    expect(toConversationId(place)).toBe(id)
    expect(readConversationId(id)).toEqual(place)
  })

  it.each([
    { channel: '' },
    { channel: 'c0lobby' },
    { channel: 'C0LOBBY:1.2' },
    { channel: `C${'0'.repeat(600)}` },
    { channel: 'C0LOBBY', threadTs: '' },
    { channel: 'C0LOBBY', threadTs: 'NaN' },
    { channel: 'C0LOBBY', threadTs: '1793640011.000219:2' },
  ])('are not made of %j', (place) => {
    expect(toConversationId(place)).toBeUndefined()
  })

  it.each(['', 'D0INES:', 'D0INES:x', ':1.2', 'D0INES\n'])('are not read from %j', (id) => {
    expect(readConversationId(id)).toBeUndefined()
  })
})

describe('addresses', () => {
  it.each([
    { team: 'T0', channel: 'D0INES' },
    { team: 'T0', channel: 'C0LOBBY', threadTs: '1793640011.000219' },
  ])('come back from storage: %j', (address) => {
    const stored = JSON.parse(JSON.stringify(toAddress(address))) as ReturnType<typeof toAddress>
    expect(stored['v']).toBe(1)
    expect(readAddress(stored)).toEqual(address)
  })

  it.each([
    {},
    { v: 2, team: 'T0', channel: 'D0INES' },
    { v: 1, channel: 'D0INES' },
    { v: 1, team: 'T0', channel: 7 },
    { v: 1, team: 'T0', channel: 'C0LOBBY', threadTs: 1_793_640_011.000_219 },
  ])('are not read from %j', (address) => {
    expect(readAddress(address)).toBeUndefined()
  })
})
