import { describe, expect, it } from 'vitest'
import { readContent } from '../../../../adapters/slack/text/content.ts'
import { readMessage } from '../../../../adapters/slack/wire.ts'
import { createSay, createWording } from '../../../../src/relay/wording.ts'

const say = createSay(createWording())

const section = (...elements: readonly object[]): object => ({ type: 'rich_text_section', elements })
const list = (fields: object, ...items: readonly string[]): object => ({
  type: 'rich_text_list',
  elements: items.map((text) => section({ type: 'text', text })),
  ...fields,
})
const cell = (text: string): object => ({ type: 'raw_text', text })
const contentOf = (fields: Readonly<Record<string, unknown>>): string => readContent(readMessage(fields), say)

const unreadable = '[This message can only be read in Slack.]'

describe('readContent', () => {
  it('prefers the text to the rich text that says the same, as it keeps the marks', () => {
    const blocks = [{ type: 'rich_text', elements: [section({ type: 'text', text: 'text' })] }]
    expect(contentOf({ text: '*text*', blocks })).toBe('*text*')
  })

  it('adds the blocks that the text does not have', () => {
    const blocks = [
      { type: 'rich_text', elements: [section({ type: 'text', text: 'See' })] },
      { type: 'markdown', text: '**two** & more' },
      { type: 'section', text: { type: 'mrkdwn', text: 'See' } },
    ]
    expect(contentOf({ text: 'See', blocks })).toBe('See\n**two** &amp; more')
  })

  it('takes the blocks of what an app posted, as Slack does, for which its text only stands in', () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Room *12*, 3 nights' } }]
    expect(contentOf({ text: 'A new booking', bot_id: 'B1', blocks })).toBe('Room *12*, 3 nights')
    expect(contentOf({ text: 'A new booking', bot_id: 'B1', blocks: [{ type: 'divider' }] })).toBe(
      'A new booking',
    )
    expect(contentOf({ text: 'A new booking', bot_id: 'B1', blocks: [{ type: 'image' }] })).toBe(
      'A new booking\n[image]',
    )
  })

  it('reads rich text where there is no text, as mrkdwn', () => {
    const elements = [
      section(
        { type: 'text', text: 'a < b & ' },
        { type: 'user', user_id: 'U1' },
        { type: 'text', text: ' ' },
        { type: 'channel', channel_id: 'C1' },
        { type: 'usergroup', usergroup_id: 'S1' },
        { type: 'broadcast', range: 'here' },
        { type: 'emoji', name: 'wave' },
        { type: 'link', url: 'https://mews.com', text: 'us' },
      ),
      {
        type: 'rich_text_list',
        elements: [section({ type: 'text', text: 'one' }), section({ type: 'text', text: 'two' })],
      },
    ]
    expect(contentOf({ text: '', blocks: [{ type: 'rich_text', elements }] })).toBe(
      'a &lt; b &amp; <@U1> <#C1><!subteam^S1><!here>👋<https://mews.com|us>\n• one\n• two',
    )
  })

  it('numbers what is numbered, and shows what is below what and what is quoted', () => {
    const elements = [
      list({ style: 'ordered' }, 'towels', 'soap'),
      list({ style: 'bullet', indent: 1 }, 'the mild one'),
      list({ style: 'ordered', offset: 2 }, 'tea'),
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'at six\nor later' }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'as it is' }] },
      list({ style: 'ordered', indent: 1e9, offset: 'x' }, 'deep'),
    ]
    expect(contentOf({ text: '', blocks: [{ type: 'rich_text', elements }] })).toBe(
      '1. towels\n2. soap\n  • the mild one\n3. tea\n&gt; at six\n&gt; or later\nas it is\n                1. deep',
    )
  })

  it('reads headers, sections, fields, contexts and pictures', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'A&B' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*x*' },
        fields: [
          { type: 'mrkdwn', text: 'y' },
          { type: 'plain_text', text: 'z' },
        ],
      },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'small' }] },
      { type: 'image', alt_text: 'a cat' },
      { type: 'divider' },
    ]
    expect(contentOf({ blocks })).toBe('A&amp;B\n*x*\ny\nz\nsmall\na cat')
  })

  it('adds a message that was passed on, but no link preview', () => {
    const attachments = [
      { fallback: 'preview', from_url: 'https://mews.com' },
      { is_share: true, text: 'the bill', fallback: '[a] the bill' },
    ]
    expect(contentOf({ text: 'see', attachments })).toBe('see\nForwarded message:\n&gt; the bill')
    expect(contentOf({ attachments })).toBe('Forwarded message:\n&gt; the bill')
    expect(contentOf({ attachments: attachments.slice(0, 1) })).toBe('preview')
  })

  it('reads tables as lines, wherever Slack keeps them', () => {
    const rich = { type: 'rich_text', elements: [section({ type: 'text', text: 'two & more' })] }
    const table = { type: 'table', rows: [[cell('Room'), cell('Beds')], [cell('12'), rich], null] }
    const lines = 'Room | Beds\n12 | two &amp; more'
    expect(contentOf({ text: 'Rooms:', blocks: [table] })).toBe(`Rooms:\n${lines}`)
    expect(contentOf({ text: '', blocks: [table] })).toBe(lines)
    expect(contentOf({ text: 'Rooms:', attachments: [{ blocks: [table], fallback: '[no preview]' }] })).toBe(
      `Rooms:\n${lines}`,
    )
  })

  it('stops at absurd depths and ignores what is no block', () => {
    const deep = JSON.parse(`${'{"elements":['.repeat(5000)}${']}'.repeat(5000)}`) as object
    expect(contentOf({ blocks: [deep, null, 7, 'x', []], attachments: 'none' })).toBe(unreadable)
  })
})
