import { beforeEach, describe, expect, it } from 'vitest'
import { createVersions } from '../../../../adapters/botframework/read/read.ts'
import type { Adapter, Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createOfflineRead } from '../setup.ts'

const { message, aside, event } = createActivities('https://smba.trafficmanager.net/emea/', 'app')

let readPayload: Adapter['read']
beforeEach(() => {
  readPayload = createOfflineRead()
})
const turnsOf = async (activity: TeamsActivity): Promise<readonly Turn[]> =>
  (await readPayload(JSON.stringify(activity), neverAborted)).turns

type Fields = Readonly<Record<string, unknown>>

/** What Teams sends when a message was edited, so many seconds later. */
const edited = (
  original: TeamsActivity,
  text: string,
  seconds: number,
  fields: Fields = {},
): TeamsActivity => ({
  ...original,
  type: 'messageUpdate',
  text,
  attachments: [],
  timestamp: new Date(Date.parse(String(original['timestamp'])) + seconds * 1000).toISOString(),
  channelData: { eventType: 'editMessage' },
  ...fields,
})

describe('an edit', () => {
  it.each([
    ['as it is', {}],
    ['of something deleted', { channelData: { eventType: 'undeleteMessage' } }],
    ['without channel data', { channelData: undefined }],
    ['with channel data that is nothing', { channelData: null }],
  ])('%s gives the new words', async (_row, fields) => {
    expect(await turnsOf(edited(message('Late?'), 'Early?', 5, fields))).toMatchObject([
      { kind: 'edit', text: 'Early?' },
    ])
  })

  it('that changed no word is nothing to tell, any number of times', async () => {
    const original = message('Late?')
    await turnsOf(original)
    const edit = edited(original, 'Late?', 5)
    expect(await turnsOf(edit)).toEqual([])
    expect(await turnsOf(edit)).toEqual([])
  })

  it.each(['', '\u200B', '<at>Concierge</at>'])(
    'that leaves nothing (%j) takes the words back',
    async (text) => {
      const original = message('Please cancel', 'group')
      await turnsOf(original)
      const edit = edited(original, text, 5)
      const told = [{ kind: 'edit', text: '(no text)', attachments: [], onlyInBridged: true }]
      expect(await turnsOf(edit)).toMatchObject(told)
      expect(await turnsOf(edited(original, text, 9))).toEqual([])
    },
  )

  it('of a message that said nothing, and still does, is nothing to tell', async () => {
    const original = message('', 'group')
    expect(await turnsOf(original)).toEqual([])
    expect(await turnsOf(edited(original, '<at>Concierge</at>', 5))).toEqual([])
  })

  it('that changed words is told again when it is read again', async () => {
    const original = message('Late?')
    await turnsOf(original)
    const edit = edited(original, 'Early?', 5)
    for (let times = 0; times < 3; times += 1) expect(await turnsOf(edit)).toMatchObject([{ text: 'Early?' }])
    expect(await turnsOf(edited(original, 'Late?', 9))).toMatchObject([{ text: 'Late?' }])
    expect(await turnsOf(edited(original, 'Late?', 12))).toEqual([])
  })

  it.each([
    ['the original was not seen', false, {}],
    ['it has no time', true, { timestamp: undefined }],
    ['it has no id', true, { id: undefined }],
    ['it brings back what was deleted', true, { channelData: { eventType: 'undeleteMessage' } }],
    ['a file came with it', true, { attachments: [{ contentType: 'image/png', name: 'a.png' }] }],
  ])('with the same words is told when %s', async (_row, seen, fields) => {
    const original = message('Late?')
    if (seen) await turnsOf(original)
    const edit = edited(original, 'Late?', 5, fields)
    expect(await turnsOf(edit)).toHaveLength(1)
    expect(await turnsOf(edit)).toHaveLength(1)
  })

  it('is known apart from one of the same id in another conversation', async () => {
    const original = message('Late?')
    await turnsOf(original)
    expect(await turnsOf(edited(original, 'Late?', 5, { conversation: { id: 'a:2' } }))).toHaveLength(1)
  })
})

const turnAt = (at: number): Turn => ({
  kind: 'edit',
  author: { id: '29:x', name: 'x' },
  text: 'x',
  attachments: [],
  at,
})

it('forgets the oldest of too many messages', () => {
  const versions = createVersions(2)
  for (const id of ['a', 'b', 'c']) versions.isRepetition(id, turnAt(1))
  expect(versions.isRepetition('c', turnAt(2))).toBe(true)
  expect(versions.isRepetition('a', turnAt(2))).toBe(false)
})

describe('a deletion', () => {
  it.each([
    { channelData: { eventType: 'softDeleteMessage' } },
    { channelData: undefined },
    { channelData: 7 },
  ])('is told, where the conversation is bridged, with %j', async (fields) => {
    expect(await turnsOf(event('messageDelete', { ...fields, text: 'Late?' }))).toMatchObject([
      { kind: 'deletion', text: '', attachments: [], onlyInBridged: true },
    ])
  })
})

describe('where the bot hears everything', () => {
  it.each(['group', 'channel'] as const)('%s: only what mentions it starts something', async (where) => {
    expect(await turnsOf(aside('Lunch?', where))).toMatchObject([{ text: 'Lunch?', onlyInBridged: true }])
    expect((await turnsOf(message('Late?', where)))[0]).not.toHaveProperty('onlyInBridged')
    expect(await turnsOf(edited(aside('Lunch?', where), 'Dinner?', 5))).toMatchObject([
      { onlyInBridged: true },
    ])
    expect((await turnsOf(edited(message('Late?', where), 'Early?', 5)))[0]).not.toHaveProperty(
      'onlyInBridged',
    )
  })

  it('what was overheard is told once it mentions the bot', async () => {
    const overheard = aside('Late?', 'group')
    const { text, entities } = message('Late?', 'group')
    await turnsOf(overheard)
    const turns = await turnsOf(edited(overheard, String(text), 5, { entities }))
    expect(turns).toMatchObject([{ kind: 'edit', text: 'Late?' }])
    expect(turns[0]).not.toHaveProperty('onlyInBridged')
  })

  it('a mention of somebody else is none of the bot', async () => {
    const ines = { type: 'mention', text: '<at>Ines</at>', mentioned: { id: '29:ines', name: 'Ines' } }
    const activity = { ...aside('x', 'group'), text: '<at>Ines</at> lunch?', entities: [ines] }
    expect(await turnsOf(activity)).toMatchObject([{ text: 'Ines lunch?', onlyInBridged: true }])
  })

  it('a personal chat needs no mention', async () => {
    for (const conversation of [{ id: 'a:1', conversationType: 'personal' }, { id: 'x' }])
      expect((await turnsOf({ ...message('Late?'), conversation }))[0]).not.toHaveProperty('onlyInBridged')
    const group = { ...message('Late?'), conversation: { id: 'x', isGroup: true } }
    expect(await turnsOf(group)).toMatchObject([{ onlyInBridged: true }])
  })
})
