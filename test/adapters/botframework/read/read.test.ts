import { readFileSync } from 'node:fs'
import { expect, it, describe } from 'vitest'
import { htmlToText } from '../../../../adapters/botframework/text/html.ts'
import type { Reading, Turn } from '../../../../src/port.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createManualClock, neverAborted } from '../../../fakes/clock.ts'
import { createOfflineRead } from '../setup.ts'

const clock = createManualClock()
const readPayload = createOfflineRead()
const { message, event } = createActivities('https://smba.trafficmanager.net/emea/', 'app')
const bot = { id: '28:app', name: 'Concierge' }

const read = (activity: TeamsActivity): Promise<Reading> =>
  readPayload(JSON.stringify(activity), neverAborted)
const turnOf = async (activity: TeamsActivity): Promise<Turn | undefined> => (await read(activity)).turns[0]
const textOf = async (activity: TeamsActivity): Promise<string | undefined> => (await turnOf(activity))?.text

const fixture = (name: string): Promise<Reading> =>
  readPayload(
    readFileSync(new URL(`../../../fixtures/botframework/${name}.json`, import.meta.url), 'utf8'),
    neverAborted,
  )

describe('fixtures', () => {
  it('a message in a channel thread', async () => {
    expect(await fixture('channel-message')).toEqual({
      turns: [
        {
          kind: 'message',
          author: { id: '29:guest', name: 'Ines Ferreira' },
          text: 'late arrival?',
          attachments: [],
          at: Date.UTC(2026, 10, 2, 17, 20, 11),
          reference: '1793640011000',
          message: '1793640011000',
        },
      ],
      address: {
        v: 1,
        channel: 'msteams',
        serviceUrl: 'https://smba.trafficmanager.net/emea/',
        conversationId: '19:room@thread.tacv2;messageid=1793640011000',
        botId: '28:app',
        tenantId: '5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11',
        userId: '29:guest',
        conversationType: 'channel',
        locale: 'pt-PT',
      },
    })
  })

  it('a message with a file, without its link that opens for anybody', async () => {
    const reading = await fixture('personal-file')
    expect(reading.turns[0]).toMatchObject({ text: '', attachments: [{ name: 'passport.pdf' }] })
    expect(JSON.stringify(reading)).not.toContain('sharepoint')
  })

  it('an edit', async () => {
    expect((await fixture('message-update')).turns).toMatchObject([
      { kind: 'edit', text: 'Arriving at 23:30' },
    ])
  })

  it('a deletion', async () => {
    expect((await fixture('message-delete')).turns).toMatchObject([{ kind: 'deletion', text: '' }])
  })

  it('an installation: an address and nothing to tell', async () => {
    const { turns, address } = await fixture('installation-add')
    expect(turns).toEqual([])
    expect(address).toMatchObject({ conversationId: 'a:1Qx7personal', conversationType: 'personal' })
  })
})

describe('mentions', () => {
  const ines = { type: 'mention', text: '<at>Ines</at>', mentioned: { id: '29:ines', name: 'Ines Ferreira' } }
  const mention = (text: string, mentioned: unknown = bot): unknown => ({ type: 'mention', text, mentioned })

  it.each<[string, string, unknown, string]>([
    ['of the bot go', '<at>Concierge</at> late?', [mention('<at>Concierge</at>')], 'late?'],
    [
      'of the bot go everywhere',
      'Hi <at>Concierge</at>, you, <at>Concierge</at>?',
      [mention('<at>Concierge</at>')],
      'Hi , you, ?',
    ],
    [
      'of the bot go in both halves',
      '<at>Front</at> <at>Desk</at> late?',
      [mention('<at>Front</at>'), mention('<at>Desk</at>')],
      'late?',
    ],
    [
      'of other people leave their names',
      '<at>Concierge</at> ask <at>Ines</at>',
      [mention('<at>Concierge</at>'), ines],
      'ask Ines',
    ],
    [
      'without anybody leave the name',
      '<at>Ines</at> late?',
      [{ type: 'mention', text: '<at>Ines</at>' }],
      'Ines late?',
    ],
    ['without a text are passed over', 'late?', [{ type: 'mention', mentioned: bot }, mention('')], 'late?'],
    ['without entities go by the bot’s name', '<at id="0">Concierge</at> <at>Ines</at>?', null, 'Ines?'],
    [
      'that are nonsense are passed over',
      'late?',
      [null, 7, 'x', { type: 'mention', mentioned: 7, text: 7 }],
      'late?',
    ],
    [
      'followed by a hard space go',
      '<at>Concierge</at>&nbsp;late?',
      [mention('<at>Concierge</at>')],
      'late?',
    ],
  ])('%s', async (_row, text, entities, expected) => {
    expect(await textOf({ ...message('x'), text, entities })).toBe(expected)
  })

  it('of the bot go without a recipient too', async () => {
    const activity = { ...message('late?', 'channel'), recipient: undefined }
    expect(await textOf(activity)).toBe('late?')
  })

  it('alone are nothing to tell', async () => {
    expect(await turnOf({ ...message('', 'channel'), attachments: [] })).toBeUndefined()
  })
})

describe('text', () => {
  it('in markdown stays as it was typed', async () => {
    const text = '**Late**? 1 < 2 & [x](https://x.example)'
    expect(await textOf({ ...message('x'), text, textFormat: 'markdown' })).toBe(text)
  })

  it('in HTML loses its tags', async () => {
    const text = '<p>Late &lt;arrival&gt;?</p><ul><li>one</li><li>two</li></ul>&amp;lt; &#233; &#x1F600;'
    expect(await textOf({ ...message('x'), text, textFormat: 'xml' })).toBe(
      'Late <arrival>?\n- one\n- two\n&lt; é 😀',
    )
  })

  it('that is missing is read from its HTML copy', async () => {
    const attachments = [{ contentType: 'text/html', content: '<p>Late <img alt="😀" src="x"></p>' }]
    expect(await turnOf({ ...message('x'), text: undefined, attachments })).toMatchObject({
      text: 'Late 😀',
      attachments: [],
    })
  })

  it('of spaces without an end takes no time', async () => {
    const text = `a${' '.repeat(200_000)}b  \r\n\r\n\r\n\r\nc`
    expect(await textOf({ ...message('x'), text })).toBe(`a${' '.repeat(200_000)}b\n\nc`)
  }, 2000)

  it('of hostile HTML takes no time', () => {
    for (const html of [
      '<'.repeat(200_000),
      '<a '.repeat(100_000),
      '&#'.repeat(100_000),
      '<script>'.repeat(50_000),
      '<li>x'.repeat(50_000),
      '<blockquote>x'.repeat(20_000),
    ])
      expect(htmlToText(html).length).toBeLessThan(html.length * 3)
    expect(htmlToText('<a href="https://x.example">y</a>'.repeat(20_000))).toMatch(/^y \(https/)
    expect(htmlToText('&#0;&#xD800;&#9999999;')).toBe('\u{fffd}\u{fffd}\u{fffd}')
  })
})

describe('what is missing', () => {
  it.each([{ id: '29:x' }, { id: '29:x', name: '' }, { id: '29:x', name: '29:1J7s' }, null])(
    'in the author %j falls back to a word, never to an id',
    async (from) => {
      expect((await turnOf({ ...message('x'), from }))?.author.name).toBe('Guest')
    },
  )

  it('in the time falls back to the id, then to now', async () => {
    const timeless = { ...message('x'), timestamp: undefined }
    expect((await turnOf({ ...timeless, id: '1793640011000' }))?.at).toBe(1_793_640_011_000)
    expect((await turnOf({ ...timeless, id: 'f:1' }))?.at).toBe(clock.now())
  })

  it('names pictures and cards by what they are', async () => {
    const attachments = [
      { contentType: 'image/png', contentUrl: 'https://smba.trafficmanager.net/x' },
      { contentType: 'application/vnd.microsoft.card.adaptive' },
      { name: 'plan.pdf' },
      {},
    ]
    expect((await turnOf({ ...message('x'), attachments }))?.attachments).toEqual([
      { name: 'image' },
      { name: 'card' },
      { name: 'plan.pdf' },
      { name: 'attachment' },
    ])
  })
})

it('gives no address once the bot was removed', async () => {
  expect(await read(event('installationUpdate', { action: 'remove' }))).toEqual({
    turns: [],
    language: 'en-GB',
  })
})
