import { describe, expect, it } from 'vitest'
import { htmlToText } from '../../../../adapters/botframework/text/html.ts'
import type { Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createOfflineRead } from '../setup.ts'

const readPayload = createOfflineRead()
const { message } = createActivities('https://smba.trafficmanager.net/emea/', 'app')

type Fields = Readonly<Record<string, unknown>>

const turnOf = async (activity: TeamsActivity): Promise<Turn | undefined> =>
  (await readPayload(JSON.stringify(activity), neverAborted)).turns[0]
const copy = (content: string): Fields => ({ contentType: 'text/html', content })
const withCopy = (html: string, text?: string, others: readonly Fields[] = []): TeamsActivity => ({
  ...message('x', 'group'),
  text,
  attachments: [...others, copy(html)],
})

const image = (attributes: string): string => `<img ${attributes} src="https://x.example/1">`
const type = (name: string): string => `itemscope itemtype="http://schema.skype.com/${name}"`
const giphy = `<readonly title="Happy Dance (GIF Image)" ${type('Giphy')}>${image(`alt="Happy Dance (GIF Image)" ${type('Giphy')}`)}</readonly>`
const file = '<attachment id="5f3a"></attachment>'
const reply = (id: string, name: string, words: string): string =>
  `<blockquote ${type('Reply')} itemid="${id}"><strong itemprop="mri">${name}</strong><p itemprop="preview">${words}</p></blockquote>`

describe('what only the HTML copy has', () => {
  it.each<[string, string, readonly string[]]>([
    ['a GIF', giphy, ['GIF: Happy Dance']],
    ['a GIF of another source', image(`${type('Tenor')} alt="GIF"`), ['GIF']],
    ['a GIF by its address', '<img src="https://media.example/a.gif?x=1" alt="image">', ['GIF']],
    ['a sticker', image(`${type('Sticker')} alt="Thumbs up"`), ['sticker: Thumbs up']],
    ['a video', `<video ${type('AMSVideo')} src="x"></video>`, ['video']],
    ['a picture that stands for a video', image(type('AMSVideo')), ['video']],
    ['a recording', '<URIObject type="Audio.1/Message.1"></URIObject>', ['audio']],
    ['a pasted picture', image(`${type('AMSImage')} alt="image"`), ['image']],
    ['a picture with a name', image('alt="room 12.png"'), ['room 12.png']],
    ['a picture with a description', image('alt="a > b, &quot;c&quot;"'), ['image: a > b, "c"']],
    ['a file in a channel', file, ['file']],
    ['several', `${giphy}<p>${image('')}${file}${file}</p>`, ['GIF: Happy Dance', 'image', 'file', 'file']],
    ['a picture in a link', `<a href="https://x.example">${image('')}</a>`, ['image']],
    [
      'a picture in what was forwarded',
      `<blockquote ${type('Forward')}>${image('')}</blockquote>`,
      ['image'],
    ],
    [
      'a picture in a quotation is somebody else’s',
      `<blockquote ${type('Reply')}>${image('')}</blockquote>x`,
      [],
    ],
    ['an emoji', image(`${type('Emoji')} alt="😀"`), []],
    ['an emoji without a type', image('alt="🇵🇹"'), []],
    ['an emoji of the organisation', image(`${type('CustomEmoji')} alt="party parrot"`), []],
    ['an emoji as newer clients write it', '<p><emoji id="smile" alt="👍🏽" title="Yes"></emoji></p>', []],
  ])('%s is named', async (_row, html, names) => {
    const turn = await turnOf(withCopy(`<p>Look</p>${html}`, 'Look'))
    expect(turn?.attachments.map(({ name }) => name)).toEqual(names)
    expect((await turnOf(withCopy(html)))?.attachments.length ?? 0).toBe(names.length)
  })

  it('is named once, when the activity lists it as well', async () => {
    const pasted = { contentType: 'image/*', contentUrl: 'https://smba.trafficmanager.net/x' }
    const sent = { contentType: 'application/vnd.microsoft.teams.file.download.info', name: 'passport.pdf' }
    const html = `<p>${giphy}${image(type('AMSImage'))}${image(type('AMSImage'))}${file}${file}</p>`
    expect((await turnOf(withCopy(html, 'Look', [pasted, sent])))?.attachments).toEqual([
      { name: 'image' },
      { name: 'passport.pdf' },
      { name: 'GIF: Happy Dance' },
      { name: 'image' },
      { name: 'file' },
    ])
  })

  it('makes no command of a word', async () => {
    const { command, turns } = await readPayload(
      JSON.stringify(withCopy(`<p>new</p>${giphy}`, 'new')),
      neverAborted,
    )
    expect(command).toBeUndefined()
    expect(turns).toMatchObject([{ text: 'new' }])
  })

  it('is a message that was forwarded, and says so', async () => {
    const html = `<p>see this</p><blockquote ${type('Forward')}><p>Room 12 is cold</p></blockquote>`
    expect((await turnOf(withCopy(html, 'see this\r\n\r\nRoom 12 is cold')))?.text).toBe(
      'see this\nForwarded message:\n> Room 12 is cold',
    )
    const alone = `<blockquote ${type('Forward')}>${image('')}</blockquote>`
    expect(await turnOf(withCopy(alone))).toMatchObject({
      text: 'Forwarded message:',
      attachments: [{ name: 'image' }],
    })
  })

  it('is read whatever its type has behind it', async () => {
    const html = { contentType: 'text/html; charset=utf-8', content: '<p>Late?</p>' }
    const attachments = [{ contentType: 'text/html' }, html]
    expect(await turnOf({ ...message('x'), text: undefined, attachments })).toMatchObject({
      text: 'Late?',
      attachments: [],
    })
  })
})

describe('what was crossed out, and where counting begins', () => {
  it.each<[string, string]>([
    ['<s>20:00</s> 22:00', '~~20:00~~ 22:00'],
    ['<del> 20:00 </del>22:00', '~~20:00 ~~22:00'],
    ['<span style="text-decoration: line-through">a<span>b</span>c</span>d', '~~abc~~d'],
    ['<strike><p>a</p><p>b</p></strike>c', '~~a~~\n~~b~~\nc'],
    ['<s></s>a', 'a'],
    ['<ol start="3"><li>one</li><li>two</li></ol>', '3. one\n4. two'],
    ['<ol start="x"><li>one</li><li value="7">two</li><li>three</li></ol>', '1. one\n7. two\n8. three'],
    ['caf&eacute; &euro;5 &hellip;', 'café €5 …'],
    ['<img alt="a > b" src="x">c', 'c'],
  ])('%s', (html, text) => {
    expect(htmlToText(html)).toBe(text)
  })

  it('words are crossed out although the text has them as they were', async () => {
    const turn = await turnOf(withCopy('<p>at <s>20:00</s> 22:00</p>', 'at\n20:00 22:00'))
    expect(turn?.text).toBe('at ~~20:00~~ 22:00')
  })
})

const quote = (messageId: string, senderName: string, preview: string): Fields => ({
  type: 'quotedReply',
  quotedReply: { messageId, senderName, preview },
})

describe('several quotations', () => {
  const two = [quote('2', 'Front Desk', 'Breakfast?'), quote('1', 'Front Desk', 'Late arrival?')]
  const placed = '<quoted messageId="1"/> Yes, at 23:00\n<quoted messageId=\'2\'/> No, thanks'
  const expected = '> Front Desk\n> Late arrival?\nYes, at 23:00\n> Front Desk\n> Breakfast?\nNo, thanks'
  const answered = (fields: Fields): TeamsActivity => ({ ...message('x'), attachments: [], ...fields })

  it.each<[string, Fields]>([
    ['the text', { text: placed }],
    [
      'the text, and a copy without them',
      { text: placed, attachments: [copy('<p>Yes, at 23:00</p><p>No, thanks</p>')] },
    ],
    [
      'the copy',
      {
        text: 'Yes, at 23:00 No, thanks',
        attachments: [
          copy(
            `${reply('1', 'Front Desk', 'Late arrival?')}<p>Yes, at 23:00</p>${reply('2', 'Front Desk', 'Breakfast?')}<p>No, thanks</p>`,
          ),
        ],
      },
    ],
    [
      'placeholders of the copy',
      {
        text: undefined,
        attachments: [
          copy(
            '<quoted messageId="1"></quoted><p>Yes, at 23:00</p><attachment id="2"></attachment><p>No, thanks</p>',
          ),
        ],
      },
    ],
    ['a text that is HTML', { text: placed.replace('\n', '<br>'), textFormat: 'xml' }],
  ])('stand where %s has them, each with its answer', async (_row, fields) => {
    expect((await turnOf(answered({ entities: two, ...fields })))?.text).toBe(expected)
  })

  it.each<[string, Fields, string]>([
    [
      'one that stands in two places is told once',
      { text: '<quoted messageId="1"/> Yes <quoted messageId="1"/> at 23:00', entities: two.slice(1) },
      '> Front Desk\n> Late arrival?\nYes\nat 23:00',
    ],
    [
      'one without a place stands first',
      { text: '<quoted messageId="1"/> Yes', entities: two },
      '> Front Desk\n> Breakfast?\n> Front Desk\n> Late arrival?\nYes',
    ],
    [
      'one of which Teams shows nothing is three dots',
      {
        text: '<quoted messageId="9"/> Yes',
        entities: [{ type: 'quotedReply', quotedReply: { messageId: '9' } }],
      },
      '> …\nYes',
    ],
    ['one without an entity is three dots', { text: '<quoted messageId="1793640011000"/> Yes' }, '> …\nYes'],
    [
      'one whose entity is flat is told',
      { text: 'Yes', entities: [{ type: 'quotedReply', senderName: 'Front Desk', preview: 'Late?' }] },
      '> Front Desk\n> Late?\nYes',
    ],
    [
      'one before words whose copy has more is told before the copy',
      {
        text: '<quoted messageId="1"/> our flight',
        entities: two.slice(1),
        attachments: [copy('<p>our <a href="https://x.example/f">flight</a></p>')],
      },
      '> Front Desk\n> Late arrival?\nour flight (https://x.example/f)',
    ],
    [
      'a writer’s own words in such brackets stay',
      { text: 'the <quoted price> was 200, <quoted> too' },
      'the <quoted price> was 200, <quoted> too',
    ],
    [
      'what the writer marks as a quotation is no other message’s',
      {
        text: 'You wrote: no pets Is that so?',
        attachments: [copy('You wrote:<blockquote>no pets</blockquote>Is that so?')],
      },
      'You wrote:\n> no pets\nIs that so?',
    ],
  ])('%s', async (_row, fields, text) => {
    expect((await turnOf(answered(fields)))?.text).toBe(text)
  })
})

it('hostile HTML takes no time', () => {
  for (const part of [
    '<div>',
    '<b>x',
    '<i></x>',
    '<a "',
    '<!--',
    '<at>',
    '<s>x',
    '<img alt="',
    '<ol><li>x',
    '<quoted messageid="1">',
  ])
    expect(htmlToText(part.repeat(20_000)).length).toBeLessThan(part.length * 80_000)
  expect(htmlToText('<blockquote>x'.repeat(20_000))).toMatch(/^> x/)
}, 20_000)
