import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createSetup, type Setup } from '../setup.ts'

/** What guests write and do in Slack, as its signed events tell it and the hotel reads it. */
let setup: Setup
let written = 0
beforeEach(async () => {
  setup = await createSetup()
  written = 0
})
afterEach(() => setup.slack.close())

const read = async (said: object, timeZone?: string): Promise<Turn | undefined> => {
  written += 1
  const ts = `1793640250.00010${written}`
  setup.slack.happen({
    type: 'message',
    channel: 'D0INES',
    channel_type: 'im',
    user: 'U0INES',
    text: '',
    ts,
    event_ts: ts,
    ...said,
  })
  await setup.slack.deliver(setup.route)
  const payload = setup.inbox.recorded.at(-1)?.payload ?? ''
  return (await setup.adapter.read(payload, neverAborted, timeZone)).turns[0]
}

const rich = (...elements: readonly object[]): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
})
const text = (words: string): object => ({ type: 'text', text: words })
const lara = { is_share: true, is_msg_unfurl: true, author_name: 'Lara' }

describe('what is forwarded', () => {
  it('is not lost where there is only a file', async () => {
    const attachments = [{ ...lara, text: '', files: [{ id: 'F1', name: 'passports.pdf', mode: 'hosted' }] }]
    expect(await read({ attachments })).toMatchObject({
      text: 'Forwarded from Lara:',
      attachments: [{ name: 'passports.pdf' }],
    })
  })

  it('has its blocks, fields and files under the writer’s name, and the guest’s words before it', async () => {
    const attachments = [
      {
        ...lara,
        fallback: '[no preview available]',
        title: 'Order 7',
        fields: [{ title: 'Beds', value: '2' }],
        message_blocks: [
          { message: { blocks: [rich(text('Two beds for '), { type: 'user', user_id: 'U0OMAR' })] } },
        ],
        files: [{ id: 'F2', mode: 'file_access', file_access: 'check_file_info' }],
      },
    ]
    setup.slack.addUser('U0OMAR', 'Omar')
    setup.slack.files.set('F2', { id: 'F2', name: 'plan.pdf', size: 12 })
    expect(await read({ text: 'Please see', attachments })).toMatchObject({
      text: 'Please see\nForwarded from Lara:\n> Order 7\n> Two beds for @Omar\n> Beds: 2',
      attachments: [{ name: 'plan.pdf', size: 12 }],
    })
  })

  it('names a writer whom Slack gives by id alone, and is no command', async () => {
    setup.slack.addUser('U0OMAR', 'Omar')
    const attachments = [{ is_share: true, author_id: 'U0OMAR', text: 'help' }]
    expect(await read({ attachments })).toMatchObject({ text: 'Forwarded from @Omar:\n> help' })
  })

  it('comes along with a pasted link, and again where Slack adds it later', async () => {
    const link = { text: '<https://guests.slack.com/archives/C1/p1>', ts: '1793640250.000100' }
    const attachments = [
      {
        is_msg_unfurl: true,
        from_url: 'https://guests.slack.com/archives/C1/p1',
        author_name: 'Lara',
        text: 'the bill',
      },
    ]
    const words = 'https://guests.slack.com/archives/C1/p1\nForwarded from Lara:\n> the bill'
    expect(await read({ ...link, attachments })).toMatchObject({ kind: 'message', text: words })
    const message = { type: 'message', user: 'U0INES', ...link }
    const change = {
      subtype: 'message_changed',
      message: { ...message, attachments },
      previous_message: message,
      ts: '1793640251.000100',
      event_ts: '1793640251.000100',
    }
    expect(await read({ ...change, user: undefined })).toMatchObject({ kind: 'edit', text: words })
  })

  it('leaves out what a page shows of itself', async () => {
    const attachments = [
      {
        from_url: 'https://a.example',
        title: 'A page',
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'of theirs' } }],
      },
    ]
    expect(await read({ text: '<https://a.example>', attachments })).toMatchObject({
      text: 'https://a.example',
    })
  })
})

describe('what an app or a table shows', () => {
  const png = 'https://a.example/a.png'
  it.each([
    [
      'a picture without a word beside words',
      [{ image_url: png }, { text: 'Room 12' }],
      `[image] (${png})\nRoom 12`,
    ],
    ['a small picture beside words', [{ text: 'Room 12' }, { thumb_url: png }], `Room 12\n[image] (${png})`],
    ['a picture with words once', [{ image_url: png, fallback: 'The pool' }], 'The pool'],
    ['a forwarded picture', [{ ...lara, image_url: png }], `Forwarded from Lara:\n> [image] (${png})`],
    ['nothing but a picture', [{ image_url: png }], `[image] (${png})`],
    [
      'a picture that only people of Slack can open',
      [{ image_url: 'https://files.slack.com/files-pri/T1-F1/a.png' }],
      '[image]\n[This message can only be read in Slack.]',
    ],
    [
      'fields that are true, false or 0',
      [
        {
          fields: [
            { title: 'Paid', value: true },
            { title: 'Late', value: false },
            { title: 'Cots', value: 0 },
          ],
        },
      ],
      'Paid: true\nLate: false\nCots: 0',
    ],
    [
      'fields with lists and objects',
      [
        {
          fields: [
            { title: 'Rooms', value: ['12', 14, ['16 & 18']] },
            { title: { type: 'plain_text', text: 'Guest' }, value: { name: 'Ines', nights: 3 } },
            { title: 'Wishes', value: [{ text: 'Cot', count: 2 }, 'Towels :wave:'] },
            { title: 'Nothing', value: [] },
          ],
        },
      ],
      'Rooms: 12, 14, 16 & 18\nGuest: Ines\nnights: 3\nWishes: Cot\ncount: 2, Towels 👋\nNothing',
    ],
  ])('%s', async (_row, attachments, words) => {
    expect(await read({ attachments })).toMatchObject({ text: words })
  })

  it('cells of kinds that are not known keep their values', async () => {
    const rows = [
      [
        { type: 'raw_boolean', value: false },
        { type: 'raw_currency', value: 12, currency: 'EUR' },
      ],
      [
        { type: 'raw_date', value: '2026-07-01' },
        { type: 'raw_number', value: 1200, text: '1,200' },
      ],
    ]
    const blocks = [{ type: 'table', rows }]
    expect(await read({ text: 'Ours', blocks })).toMatchObject({
      text: 'Ours\nfalse | 12 EUR\n2026-07-01 | 1,200',
    })
  })

  it.each([
    [[text('At'), { type: 'place', caption: 'the pool' }, text('today')], 'At the pool today'],
    [[text('At '), { type: 'place', caption: 'the pool' }, text(', today')], 'At the pool, today'],
    [[text('('), { type: 'place', caption: 'the pool' }, text(')')], '(the pool)'],
    [[text('Tea'), { type: 'place' }, { type: 'weather' }], 'Tea [place] [weather]'],
    [
      [
        { type: 'team', team_id: 'T9' },
        { type: 'color', value: '#f00' },
      ],
      '[team T9] #f00',
    ],
    [[text('ro'), text('om'), { type: 'link', url: png, text: 's' }], `rooms (${png})`],
  ])('elements do not run into words: %#', async (elements, words) => {
    expect(await read({ blocks: [rich(...elements)] })).toMatchObject({ text: words })
  })
})

describe('what Slack shows', () => {
  it('is an emoji where its blocks say so, and nowhere else', async () => {
    const said = {
      text: 'fe80::100:a:b:1, room:key:card :100: :handshake::skin-tone-2-6:',
      blocks: [
        rich(
          text('fe80::100:a:b:1, room:key:card '),
          { type: 'emoji', name: '100', unicode: '1f4af' },
          text(' '),
          { type: 'emoji', name: 'handshake', unicode: '1faf1-1f3fb-200d-1faf2-1f3ff' },
        ),
      ],
    }
    expect((await read(said))?.text).toBe('fe80::100:a:b:1, room:key:card 💯 🫱🏻‍🫲🏿')
    expect((await read({ text: '1:100:5 :100:', subtype: 'me_message' }))?.text).toBe('1:100:5 💯')
  })

  it.each([
    ['Europe/Budapest', '2 Nov 2026 18:20'],
    [undefined, '2 Nov 2026 17:20 (UTC)'],
  ])('is a date in the hotel’s time zone %s', async (zone, shown) => {
    const date = { type: 'date', timestamp: 1_793_640_011, format: '{date_short} {time}' }
    const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'Taxi' }, rich(date)]] }
    const said = {
      text: 'At <!date^1793640011^{date_short} {time}|six>',
      blocks: [rich(text('At '), date), table],
    }
    expect((await read(said, zone))?.text).toBe(`At ${shown}\nTaxi | ${shown}`)
    expect((await read({ blocks: [rich(date)] }, zone))?.text).toBe(shown)
  })

  it('is what a snippet begins with, and what is said in a clip', async () => {
    const files = [
      { id: 'F1', name: 'Untitled', title: 'Wi-Fi', mode: 'snippet', preview: 'SSID <Lobby>', lines_more: 0 },
      {
        id: 'F2',
        name: 'audio_message.m4a',
        mode: 'hosted',
        subtype: 'slack_audio',
        transcription: { status: 'complete', preview: { content: 'At ten?', has_more: true } },
      },
    ]
    expect(await read({ text: 'Here', subtype: 'file_share', files })).toMatchObject({
      text: 'Here\nText of Wi-Fi:\n> SSID <Lobby>\nTranscript of audio_message.m4a by Slack:\n> At ten? …',
      attachments: [{ name: 'Wi-Fi' }, { name: 'audio_message.m4a' }],
    })
  })

  it('is one line where nothing of it can be understood', async () => {
    const unreadable = '[This message can only be read in Slack.]'
    expect((await read({ blocks: [{ type: 'section' }] }))?.text).toBe(unreadable)
    expect((await read({ blocks: [{ type: 'hologram' }] }))?.text).toBe(`[hologram]\n${unreadable}`)
    expect((await read({ attachments: [{ color: 'good' }] }))?.text).toBe(unreadable)
  })
})

describe('the shortcut “Send to the hotel”', () => {
  it('sends every block of what an app posted', async () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Arrivals' } },
      {
        type: 'data_table',
        caption: 'Today',
        rows: [
          [
            { type: 'raw_text', text: 'Room' },
            { type: 'raw_number', value: 3 },
          ],
        ],
      },
      { type: 'plan', title: 'Plan', tasks: [{ type: 'task_card', title: 'Key' }] },
      { type: 'future', words: 'and more' },
    ]
    const message = {
      type: 'message',
      bot_id: 'B1',
      username: 'PMS',
      text: 'New arrivals',
      ts: '1793640100.000200',
      blocks,
    }
    const payload = {
      type: 'message_action',
      callback_id: 'send_to_hotel',
      trigger_id: '1.2',
      team: { id: 'T0GUESTS' },
      user: { id: 'U0INES' },
      channel: { id: 'D0INES' },
      message,
    }
    const form = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
    await setup.route(setup.slack.sign(form, { 'content-type': 'application/x-www-form-urlencoded' }))
    const [reading] = await setup.readAll()
    expect(reading?.turns[0]?.text).toBe('Arrivals\nToday\nRoom | 3\nPlan\nKey\nand more')
  })
})
