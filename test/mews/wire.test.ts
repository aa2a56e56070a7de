import { describe, expect, test } from 'vitest'

import { readAdded, readConfiguration, readMessages, readThreads } from '../../src/mews/wire.ts'

const message = {
  Id: '5D0C77B1-24E9-4A06-8F3B-B1F300C4D9AA',
  MessageThreadId: '0B6F5A3E-6C1D-4F7E-9A52-B1F300C4D210',
  Text: 'Yes, all night.',
  Sender: { Discriminator: 'Enterprise', Value: null },
  CreatedUtc: '2026-11-02T17:20:06Z',
}

const thread = {
  Id: '0B6F5A3E-6C1D-4F7E-9A52-B1F300C4D210',
  OriginalSender: 'Ines Ferreira',
  Subject: 'Late arrival (Slack, ref K7Q2M4)',
  CreatedUtc: '2026-11-02T17:20:05Z',
  UpdatedUtc: '2026-11-02T17:21:05Z',
}

const readOne = (changes: Record<string, unknown>) => readMessages({ Messages: [{ ...message, ...changes }] })

describe('a message', () => {
  test('is read with its ids in lower case', () => {
    expect(readMessages({ Messages: [message], Cursor: message.Id })).toEqual({
      items: [
        {
          id: '5d0c77b1-24e9-4a06-8f3b-b1f300c4d9aa',
          threadId: '0b6f5a3e-6c1d-4f7e-9a52-b1f300c4d210',
          text: 'Yes, all night.',
          sender: 'Enterprise',
          createdAt: Date.parse('2026-11-02T17:20:06Z'),
        },
      ],
      size: 1,
      cursor: message.Id,
    })
  })

  test('of the older generation is read alike', () => {
    const { MessageThreadId: ThreadId, ...rest } = message
    const old = { Messages: [{ ...rest, ThreadId, Sender: 'Enterprise' }] }
    expect(readMessages(old)?.items).toEqual(readMessages({ Messages: [message] })?.items)
  })

  test.each([
    ['Application', 'Application'],
    [{ Discriminator: 'Application', Value: { Name: 'new' } }, 'Application'],
    [{ Discriminator: 'Robot' }, 'unknown'],
    ['Robot', 'unknown'],
    [null, 'unknown'],
    [undefined, 'unknown'],
  ])('with the sender %j is of %s', (Sender, expected) => {
    expect(readOne({ Sender })?.items[0]?.sender).toBe(expected)
  })

  test.each([
    ['2026-11-02T17:20:06.1234567Z', '2026-11-02T17:20:06.123Z'],
    ['2026-11-02T18:20:06+01:00', '2026-11-02T17:20:06.000Z'],
    ['2026-11-02T17:20:06', '2026-11-02T17:20:06.000Z'],
  ])('may have the time %s', (CreatedUtc, expected) => {
    expect(new Date(readOne({ CreatedUtc })?.items[0]?.createdAt ?? 0).toISOString()).toBe(expected)
  })

  test('may have fields that nobody knows yet', () => {
    expect(readOne({ Attachments: [], IsRead: true })?.items).toHaveLength(1)
  })

  test.each([{ Id: undefined }, { Id: '' }, { MessageThreadId: undefined }, { CreatedUtc: 'yesterday' }])(
    'with %j is left out but counted',
    (changes) => expect(readOne(changes)).toEqual({ items: [], size: 1, cursor: null }),
  )
})

describe('a page', () => {
  test('is empty when there is no answer body', () => {
    expect(readMessages(undefined)).toEqual({ items: [], size: 0, cursor: null })
  })

  test.each([null, [], 'text', {}, { Messages: null }, { Messages: {} }])('is not %j', (answer) => {
    expect(readMessages(answer)).toBeUndefined()
  })
})

describe('a thread', () => {
  test.each([
    [{ IsResolved: true }, true],
    [{ IsResolved: false }, false],
    [{}, undefined],
    [{ IsResolved: null }, undefined],
  ])('with %j is resolved: %j', (changes, resolved) => {
    expect(readThreads({ MessageThreads: [{ ...thread, ...changes }] })?.items).toEqual([
      {
        id: '0b6f5a3e-6c1d-4f7e-9a52-b1f300c4d210',
        originalSender: 'Ines Ferreira',
        subject: 'Late arrival (Slack, ref K7Q2M4)',
        createdAt: Date.parse('2026-11-02T17:20:05Z'),
        updatedAt: Date.parse('2026-11-02T17:21:05Z'),
        resolved,
      },
    ])
  })
})

test('an added message is found by its identifier', () => {
  expect(readAdded({ Messages: [{ Identifier: 'd-1', Message: message }] })).toEqual([
    { identifier: 'd-1', id: message.Id.toLowerCase(), createdAt: Date.parse(message.CreatedUtc) },
  ])
  expect(readAdded({ Messages: [{ Identifier: null, Message: message }] })).toEqual([])
  expect(readAdded({ Messages: 'none' })).toEqual([])
})

test('the configuration tells the time and the property', () => {
  const Enterprise = { Id: 'C1A7E0D4', Name: 'Grand Hotel', TimeZoneIdentifier: 'Europe/Budapest', Extra: 1 }
  expect(readConfiguration({ NowUtc: '2026-11-02T17:20:05Z', Enterprise })).toEqual({
    now: Date.parse('2026-11-02T17:20:05Z'),
    enterprise: { id: 'c1a7e0d4', name: 'Grand Hotel', timeZone: 'Europe/Budapest', isPortfolio: false },
  })
  const portfolio = { NowUtc: '2026-11-02T17:20:05Z', Enterprise: { ...Enterprise, IsPortfolio: true } }
  expect(readConfiguration(portfolio)?.enterprise.isPortfolio).toBe(true)
  expect(readConfiguration({ NowUtc: '2026-11-02T17:20:05Z' })).toBeUndefined()
})
