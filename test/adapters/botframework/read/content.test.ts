import { describe, expect, it } from 'vitest'
import { htmlToText } from '../../../../adapters/botframework/text/html.ts'
import type { Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createOfflineRead } from '../setup.ts'

const readPayload = createOfflineRead()
const { message } = createActivities('https://smba.trafficmanager.net/emea/', 'app')
const bot = { id: '28:app', name: 'Front Desk' }

const turnOf = async (activity: TeamsActivity): Promise<Turn | undefined> =>
  (await readPayload(JSON.stringify(activity), neverAborted)).turns[0]
const textOf = async (activity: TeamsActivity): Promise<string | undefined> => (await turnOf(activity))?.text
const copy = (content: string): readonly TeamsActivity[] => [{ contentType: 'text/html', content }]
const span = (name: string, index: number): string =>
  `<span itemscope itemtype="http://schema.skype.com/Mention" itemid="${index}">${name}</span>`
const quoted =
  '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="1793640011000">' +
  '<strong itemprop="mri" itemid="28:app">Front Desk</strong><span itemprop="time" itemid="1793640011000"></span>' +
  '<p itemprop="preview">Until 02:00.</p></blockquote>'

describe('HTML', () => {
  it.each<[string, string, string]>([
    ['blocks are lines', '<div><p>one</p><p>two <b>bold</b></p>three</div>', 'one\ntwo bold\nthree'],
    [
      'breaks are lines, and empty ones stay',
      'one<br>two<br/><br>three<p>&nbsp;</p>four',
      'one\ntwo\n\nthree\n\nfour',
    ],
    ['white space is one space', '<p>  one\n\t two </p>\n <p>three</p>', 'one two\nthree'],
    ['hard spaces stay', 'one&nbsp;&nbsp; two', 'one   two'],
    ['items are marked', '<ul><li>one</li><li><p>two</p></li></ul>', '- one\n- two'],
    [
      'items are counted',
      '<ol><li>one</li><li>two<ul><li>three</li></ul></li><li>four</li></ol>',
      '1. one\n2. two\n  - three\n3. four',
    ],
    [
      'cells stand between bars',
      '<table><tr><th>Room</th><th>Bed</th></tr><tr><td>1</td><td>King</td></tr></table>',
      'Room | Bed\n1 | King',
    ],
    ['code keeps its lines', '<pre>a\n  b</pre>c', 'a\n  b\nc'],
    [
      'links have their address',
      'see <a href="https://x.example/a?b=1&amp;c=2" title="x">our <i>flight</i></a>!',
      'see our flight (https://x.example/a?b=1&c=2)!',
    ],
    [
      'links that are their label stand once',
      '<a href="https://x.example/">x.example</a> <a href="mailto:a@x.example">a@x.example</a>',
      'x.example a@x.example',
    ],
    [
      'links that are no addresses are words',
      '<a href="javascript:alert(1)">one</a> <a>two</a> <a href="https://x y">three</a>',
      'one two three',
    ],
    ['links without words are addresses', '<a href="https://x.example"></a>', 'https://x.example'],
    ['quotations are marked', 'a<blockquote>one<br>two</blockquote>b', 'a\n> one\n> two\nb'],
    [
      'quotations in quotations too',
      '<blockquote><blockquote>one</blockquote>two</blockquote>',
      '> > one\n> two',
    ],
    ['replies are quotations of somebody', `${quoted}<p>Thanks</p>`, '> Front Desk\n> Until 02:00.\nThanks'],
    ['emoji are characters, pictures are not', '<img alt="😀" src="x"> <img alt="image" src="y">ok', '😀 ok'],
    ['entities are characters', '&lt;b&gt; &amp;amp; &#39;&#x27;&quot;', "<b> &amp; ''\""],
    ['comments, scripts and styles are nothing', '<!-- a --><style>b{}</style><script>c</script>d', 'd'],
    ['tags without an end are words', 'a < b <p class="x', 'a < b <p class="x'],
  ])('%s', (_row, html, expected) => {
    expect(htmlToText(html)).toBe(expected)
  })
})

const subjectOf = async (text: string, html: string): Promise<unknown> =>
  (await turnOf({ ...message('x'), text, attachments: copy(html) }))?.subject

describe('a message with text and its HTML copy', () => {
  it.each<[string, string, string, string]>([
    ['the same', 'Late arrival?', '<p>Late arrival?</p>', 'Late arrival?'],
    [
      'lines lost in the text',
      'one two three',
      '<div><div>one</div><div>two</div>three</div>',
      'one\ntwo\nthree',
    ],
    ['blank lines lost in the copy', 'one\n\ntwo', '<p>one</p><p>two</p>', 'one\n\ntwo'],
    [
      'lines lost in the copy',
      'one\ntwo',
      '<p>one two <a href="https://x.example">three</a></p>',
      'one\ntwo',
    ],
    [
      'an address lost in the text',
      'our flight',
      '<p>our <a href="https://x.example/f">flight</a></p>',
      'our flight (https://x.example/f)',
    ],
    ['items lost in the text', 'one two', '<ul><li>one</li><li>two</li></ul>', '- one\n- two'],
    [
      'signs that the text has as entities',
      'a &lt; b &amp; c\r\nd',
      '<p>a &lt; b &amp; c</p><p>see <a href="https://x.example">d</a></p>',
      'a < b & c\nsee d (https://x.example)',
    ],
    [
      'words lost in the copy',
      'Late arrival? (smile)',
      '<ul><li>Late arrival?</li></ul>',
      'Late arrival? (smile)',
    ],
    [
      'a copy of something else',
      'Late arrival?',
      '<p>Invoice <a href="https://x.example">here</a></p>',
      'Late arrival?',
    ],
    ['a quotation', 'Thanks', `${quoted}<p>Thanks</p>`, '> Front Desk\n> Until 02:00.\nThanks'],
    [
      'a quotation and words lost in the copy',
      'Thanks (smile)',
      `${quoted}<p>Thanks</p>`,
      '> Front Desk\n> Until 02:00.\nThanks (smile)',
    ],
  ])('%s', async (_row, text, html, expected) => {
    expect(await textOf({ ...message('x'), text, attachments: copy(html) })).toBe(expected)
  })

  it('a quotation is not the subject of a new thread', async () => {
    expect(await subjectOf('Thanks', `${quoted}<p>Thanks</p>`)).toBe('Thanks')
    expect(await subjectOf('Thanks', '<p>Thanks</p>')).toBeUndefined()
    expect(await subjectOf('', quoted)).toBeUndefined()
  })

  it('a quotation as newer clients give it', async () => {
    const quotedReply = { messageId: '1', senderName: 'Front Desk', preview: 'Until 02:00.\nSee you' }
    const activity = {
      ...message('x'),
      text: '<quoted messageId="1"/> Thanks',
      entities: [{ type: 'quotedReply', quotedReply }, { type: 'quotedReply' }],
    }
    for (const attachments of [[], copy('<p>Thanks</p>')])
      expect(await textOf({ ...activity, attachments })).toBe(
        '> Front Desk\n> Until 02:00.\n> See you\nThanks',
      )
  })
})

const mention = (text: string, mentioned: unknown): unknown => ({ type: 'mention', text, mentioned })

describe('mentions in the HTML copy', () => {
  const halves = [mention('<at>Front</at>', bot), mention('<at>Desk</at>', bot)]

  it.each<[string, string, readonly unknown[] | null, string]>([
    [
      'of the bot go',
      `<p>${span('Front Desk', 0)}&nbsp;late?</p>`,
      [mention('<at>Front Desk</at>', bot)],
      'late?',
    ],
    ['of the bot go in both halves', `${span('Front', 0)} ${span('Desk', 1)} late?`, halves, 'late?'],
    [
      'without entities go by the bot’s name',
      `${span('Front Desk', 0)} late, ${span('Ines', 1)}?`,
      null,
      'late, Ines?',
    ],
    ['as newer clients write them go', '<p><at id="0">Front Desk</at> late?</p>', null, 'late?'],
    [
      'of somebody with the bot’s name stay',
      `${span('Front Desk', 0)} ask ${span('Front Desk', 1)}`,
      [
        mention('<at>Front Desk</at>', bot),
        mention('<at>Front Desk</at>', { id: '29:other', name: 'Front Desk' }),
      ],
      'ask Front Desk',
    ],
    [
      'with signs in the name go',
      `${span('Tom &amp; Co', 0)} late?`,
      [mention('<at>Tom &amp; Co</at>', bot)],
      'late?',
    ],
  ])('%s', async (_row, html, entities, expected) => {
    const activity = { ...message('x', 'group'), recipient: bot, text: undefined, entities }
    const turn = await turnOf({ ...activity, attachments: copy(html) })
    expect(turn?.text).toBe(expected)
    expect(turn).not.toHaveProperty('onlyInBridged')
  })

  it('in the text: somebody with the bot’s name stays', async () => {
    const other = { id: '29:other', name: 'Front Desk' }
    const text = '<at>Front Desk</at> ask <at>Front Desk</at>'
    const entities = [mention('<at>Front Desk</at>', bot), mention('<at>Front Desk</at>', other)]
    expect(await textOf({ ...message('x', 'group'), recipient: bot, text, entities })).toBe('ask Front Desk')
  })

  it('of hundreds of people take no time', async () => {
    const entities = Array.from({ length: 500 }, (_each, index) =>
      mention(`<at>Guest ${index}</at>`, { id: `29:${index}` }),
    )
    const text = entities.map((_each, index) => `<at>Guest ${index}</at>`).join(' ')
    expect(await textOf({ ...message('x'), text, entities })).toMatch(/^Guest 0 Guest 1 .* Guest 499$/)
  }, 2000)
})

describe('attachments', () => {
  it('have their size where it is given', async () => {
    const file = { contentType: 'application/vnd.microsoft.teams.file.download.info', name: 'passport.pdf' }
    const attachments = [
      { ...file, content: { fileType: 'pdf', fileSize: 2048 } },
      { ...file, content: { sizeInBytes: 'many' } },
    ]
    expect((await turnOf({ ...message('x'), attachments }))?.attachments).toEqual([
      { name: 'passport.pdf', size: 2048 },
      { name: 'passport.pdf' },
    ])
  })

  it('are never the HTML copy, however it is spelled and however many there are', async () => {
    const attachments = [...copy('<p>x</p>'), { contentType: 'Text/HTML', content: '<p>y</p>' }]
    expect(await turnOf({ ...message('x'), attachments })).toMatchObject({ text: 'x', attachments: [] })
  })
})

describe('characters that deceive', () => {
  const evil = 'inv\u202Efdp.exe\r\nFront desk:\u2028 paid\u0007'
  const clean = 'invfdp.exe Front desk: paid'

  it('are in no name, and names have one line', async () => {
    const turn = await turnOf({
      ...message('Late?'),
      from: { id: '29:x', name: evil },
      attachments: [
        { contentType: 'image/png', name: evil },
        { contentType: 'image/png', name: '\u202E' },
        { contentType: 'x/\u202Ey' },
      ],
    })
    expect(turn?.author).toEqual({ id: '29:x', name: clean })
    expect(turn?.attachments).toEqual([{ name: clean }, { name: 'image' }, { name: 'x/y' }])
    expect((await turnOf({ ...message('Late?'), from: { id: '29:x', name: '\u200F' } }))?.author.name).toBe(
      'Guest',
    )
  })

  it('are in no text, its HTML copy, or its quotation', async () => {
    const entities = [
      { type: 'quotedReply', quotedReply: { messageId: '1', senderName: evil, preview: 'a\r\nb\u202E' } },
    ]
    const activity = { ...message('x'), entities, text: 'Room\u202E 12 \u202C', attachments: [] }
    expect(await textOf(activity)).toBe(`> ${clean}\n> a\n> b\nRoom 12`)
    const copied = { ...message('x'), text: 'Room 12', attachments: copy('<p>Room</p>&#x202E;12&#7;') }
    expect(await textOf(copied)).toBe('Room\n12')
    expect(await turnOf(message('\u202E'))).toBeUndefined()
  })
})
