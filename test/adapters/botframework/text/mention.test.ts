import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import type { TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  await setup.close()
})

type Fields = Readonly<Record<string, unknown>>

/** What becomes of an activity on its way through the route and the record. */
const bring = async (activity: TeamsActivity): Promise<Reading> => {
  expect(await setup.status(await setup.fake.request(activity))).toBe(200)
  return setup.adapter.read(setup.inbox.recorded.at(-1)?.payload ?? '', neverAborted)
}

const appId = (): string => setup.fake.settings['MicrosoftAppId'] ?? ''
const botId = (): string => `28:${appId()}`
const ines = { type: 'mention', text: '<at>Ines</at>', mentioned: { id: '29:ines', name: 'Ines' } }
const mentionOf = (fields: Fields = {}, mentioned: Fields = {}): Fields => ({
  type: 'mention',
  mentioned: { id: botId(), ...mentioned },
  ...fields,
})
const copyOf = (html: string): readonly Fields[] => [{ contentType: 'text/html', content: html }]
const span = (name: string, itemid: number): string =>
  `<span itemscope itemtype="http://schema.skype.com/Mention" itemid="${itemid}">${name}</span>`
const said = (fields: Fields): TeamsActivity => ({
  ...setup.fake.activities.message('x', 'group'),
  attachments: [],
  ...fields,
})

describe('a message in a group reaches the hotel when the bot’s mention', () => {
  it.each<[string, () => Fields, string]>([
    [
      'has no text',
      () => ({ text: '<at>Concierge</at> late?', entities: [mentionOf({}, { name: 'Concierge' })] }),
      'late?',
    ],
    [
      'has neither text nor name',
      () => ({ text: '<at>Concierge</at> late?', entities: [mentionOf()] }),
      'late?',
    ],
    [
      'has no text, and a name with signs',
      () => ({
        text: '<at>Tom &amp; Co</at> late?',
        entities: [mentionOf({}, { name: 'Tom & Co' })],
        recipient: { id: botId(), name: 'Tom & Co' },
      }),
      'late?',
    ],
    [
      'has another name than is shown',
      () => ({
        text: '<at>Front Desk</at> late?',
        entities: [mentionOf({}, { name: 'Concierge (hotel)' })],
      }),
      'late?',
    ],
    [
      'has another text than is shown',
      () => ({
        text: '<at>Front Desk</at> late?',
        entities: [mentionOf({ text: '<at>Concierge</at>' }, { name: 'Concierge' })],
      }),
      'late?',
    ],
    [
      'stands beside a colleague’s, without a text',
      () => ({ text: '<at>Ines</at> and <at>Concierge</at> late?', entities: [ines, mentionOf()] }),
      'Ines and late?',
    ],
    [
      'stands beside a colleague’s, and has no entity',
      () => ({ text: '<at>Ines</at> and <at>Concierge</at> late?', entities: [ines] }),
      'Ines and late?',
    ],
    [
      'has the app’s id in capitals',
      () => ({
        text: '<at>Concierge</at> late?',
        entities: [mentionOf({}, { id: `28:${appId().toUpperCase()}` })],
      }),
      'late?',
    ],
    [
      'has the app’s id, and the activity no recipient',
      () => ({ text: '<at>Concierge</at> late?', entities: [mentionOf()], recipient: undefined }),
      'late?',
    ],
    [
      'is of a type in capitals, behind entities that are nonsense',
      () => ({ text: '<at>Concierge</at> late?', entities: [null, 7, mentionOf({ type: 'Mention' })] }),
      'late?',
    ],
    [
      'says nothing of who is mentioned',
      () => ({ text: '<at></at> late?', entities: [{ type: 'mention' }] }),
      'late?',
    ],
    [
      'has no entity, and nothing says what the bot is called',
      () => ({ text: '<at>Concierge</at> late?', entities: undefined, recipient: undefined }),
      'Concierge late?',
    ],
    [
      'stands as a plain word',
      () => ({ text: 'Hi Concierge late?', entities: [mentionOf({ text: 'Concierge' })] }),
      'Hi late?',
    ],
    [
      'stands in the HTML copy alone, in pieces',
      () => ({
        text: undefined,
        entities: [mentionOf()],
        attachments: copyOf(`<p>${span('<b>Front</b> Desk', 0)}&nbsp;late?</p>`),
      }),
      'late?',
    ],
    [
      'stands in the HTML copy alone, without an entity',
      () => ({
        text: undefined,
        entities: { type: 'mention' },
        attachments: copyOf(`<p>${span('Concierge', 0)} late?</p>`),
      }),
      'late?',
    ],
  ])('%s', async (_row, fields, text) => {
    const { turns } = await bring(said(fields()))
    expect(turns).toMatchObject([{ kind: 'message', text }])
    expect(turns[0]).not.toHaveProperty('onlyInBridged')
  })
})

describe('the numbers of mentions in the HTML copy', () => {
  const other = { type: 'mention', mentioned: { id: '29:other', name: 'Desk' } }

  it.each<[string, () => readonly unknown[], number]>([
    ['count entities without a text', () => [other, mentionOf()], 1],
    ['count entities that are not understood', () => [null, { type: 'clientInfo' }, other, mentionOf()], 3],
    ['count mentions alone', () => [{ type: 'clientInfo' }, other, mentionOf({}, { name: 'Front' })], 1],
  ])('%s', async (_row, entities, number) => {
    const html = `<p>${span('Desk', number - 1)} and ${span('Front', number)} late?</p>`
    const activity = said({ text: undefined, entities: entities(), attachments: copyOf(html) })
    expect((await bring(activity)).turns).toMatchObject([{ text: 'Desk and late?' }])
  })
})

it.each<[string, Fields]>([
  ['mentions somebody else', { text: '<at>Ines</at> lunch?', entities: [ines] }],
  ['mentions somebody without an entity', { text: '<at>Ines</at> lunch?', entities: null }],
  ['mentions nobody', { text: 'Ines lunch?', entities: [{ type: 'clientInfo' }] }],
])('a message in a group that %s is told only where the hotel reads along', async (_row, fields) => {
  expect((await bring(said(fields))).turns).toMatchObject([{ text: 'Ines lunch?', onlyInBridged: true }])
})

it('a mention without a word asks what the bot can do', async () => {
  for (const text of ['<at>Concierge</at>', ' <at>Concierge</at>&nbsp;\n']) {
    const reading = await bring(said({ text, entities: [mentionOf()] }))
    expect(reading).toMatchObject({ turns: [], command: 'help', where: 'group' })
  }
})

it('a message that says nothing leaves a line in the log, with ids only', async () => {
  const activity = said({ text: ' ', entities: [] })
  expect(await bring(activity)).toMatchObject({ turns: [] })
  expect(setup.lines).toMatchObject([
    {
      level: 'info',
      fields: { conversation: '19:d1c2group@thread.v2', id: activity['id'], type: 'message' },
      message: 'botframework: a message says nothing',
    },
  ])
})

it('hundreds of people of one name take no time', async () => {
  const entities = Array.from({ length: 20_000 }, () => ines)
  const text = '<at>Ines</at> '.repeat(20_000)
  const { turns } = await setup.adapter.read(JSON.stringify(said({ text, entities })), neverAborted)
  expect(turns[0]?.text).toMatch(/^Ines Ines .* Ines$/)
}, 5000)

it('a type of activity that is not known leaves a line in the log', async () => {
  for (const type of ['typing', 'Message', 'tomorrow’s'])
    await setup.status(await setup.fake.request(setup.fake.activities.event(type)))
  expect(setup.lines).toMatchObject([{ level: 'info', fields: { type: 'Message', count: 1 } }])
})
