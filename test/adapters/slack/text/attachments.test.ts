import { describe, expect, it } from 'vitest'
import { readSharedFiles, readShown } from '../../../../adapters/slack/text/attachments.ts'
import type { Fields } from '../../../../adapters/slack/wire.ts'
import { createSay, createWording } from '../../../../src/relay/wording.ts'

const say = createSay(createWording())
const shownOf = (attachment: Fields, said = true): string => readShown([attachment], { said, say }).join('\n')

const shortened = '[Shortened here; the whole message is in Slack.]'

const rich = (text: string): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
})
const shared = { is_share: true, is_msg_unfurl: true, author_name: 'Lara', author_id: 'U0LARA' }

describe('what is forwarded', () => {
  it.each<readonly [Fields, string]>([
    [{ text: 'Two *beds* &amp; a cot' }, '&gt; Two *beds* &amp; a cot'],
    [
      {
        text: '',
        message_blocks: [{ team: 'T1', channel: 'C1', ts: '1.2', message: { blocks: [rich('Two beds')] } }],
      },
      '&gt; Two beds',
    ],
    [
      {
        text: 'Rates',
        message_blocks: [
          {
            message: {
              blocks: [rich('Rates'), { type: 'table', rows: [[{ type: 'raw_number', value: 3 }]] }],
            },
          },
        ],
      },
      '&gt; Rates\n&gt; 3',
    ],
    [
      {
        text: '[no preview available]',
        fallback: '[no preview available]',
        message_blocks: [{ message: { blocks: [rich('Beds')] } }],
      },
      '&gt; Beds',
    ],
    [{ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'of an app' } }] }, '&gt; of an app'],
    [
      {
        pretext: 'New booking',
        title: 'Room 12',
        title_link: 'https://a.example/12',
        text: 'from May',
        fields: [
          { title: 'Nights', value: '3', short: true },
          { title: 'Guests', value: 2 },
          { value: 'late' },
        ],
        footer: 'Posted in #lobby',
      },
      '&gt; New booking\n&gt; <https://a.example/12|Room 12>\n&gt; from May\n&gt; Nights: 3\n&gt; Guests: 2\n&gt; late',
    ],
    [{ fallback: '[July 1st, 2026 10:00 AM] lara: Two beds' }, '&gt; Two beds'],
    [{ text: 'fe80::100:a :100:' }, '&gt; fe80::100:a 💯'],
    [{ fallback: '[July 1st, 2026 10:00 AM] lara:' }, '[This message can only be read in Slack.]'],
    [{ fallback: '[no preview available]' }, '[This message can only be read in Slack.]'],
    [{ text: 'one\ntwo' }, '&gt; one\n&gt; two'],
    [
      {
        text: 'see',
        attachments: [
          { ...shared, author_name: 'Tom', text: 'the bill' },
          { from_url: 'https://a.example', title: 'A page' },
        ],
      },
      '&gt; see\n&gt; Forwarded from Tom:\n&gt; &gt; the bill',
    ],
    [
      {
        message_blocks: [
          {
            message: {
              blocks: [rich('see')],
              attachments: [{ ...shared, author_name: 'Tom', text: 'the bill' }],
            },
          },
        ],
      },
      '&gt; see\n&gt; Forwarded from Tom:\n&gt; &gt; the bill',
    ],
  ])('is quoted under its writer’s name: %j', (attachment, quoted) => {
    expect(shownOf({ ...shared, ...attachment })).toBe(`Forwarded from Lara:\n${quoted}`)
  })

  it.each<readonly [Fields, string]>([
    [{ author_name: '', author_subname: 'lara' }, 'Forwarded from lara:'],
    [{ author_name: undefined }, 'Forwarded from <@U0LARA>:'],
    [{ author_name: undefined, author_id: '>|x' }, 'Forwarded message:'],
    [{ author_name: 'A &amp; B\n<!here>\u202E' }, 'Forwarded from A &amp; B &lt;!here&gt;:'],
    [{ author_name: `${'x'.repeat(79)}😀y` }, `Forwarded from ${'x'.repeat(79)}\uFFFD:`],
    [{ author_name: '$& {name}' }, 'Forwarded from $&amp; {name}:'],
  ])('says who wrote it: %j', (attachment, header) => {
    expect(shownOf({ ...shared, text: 'x', ...attachment })).toBe(`${header}\n&gt; x`)
  })

  it('has its files beside it, of whatever it forwards in turn', () => {
    const attachment = {
      ...shared,
      text: '',
      files: [{ id: 'F1', name: 'passports.pdf', mode: 'hosted' }],
      message_blocks: [{ message: { files: [{ id: 'F2' }] } }],
      attachments: [
        { ...shared, files: [{ id: 'F3' }] },
        { from_url: 'https://a.example', files: [{ id: 'F4' }] },
      ],
    }
    expect(readSharedFiles([attachment]).map(({ id }) => id)).toEqual(['F1', 'F2', 'F3'])
    expect(shownOf({ ...attachment, attachments: [] })).toBe('Forwarded from Lara:')
  })

  it('is bounded in number, depth and length, and says so', () => {
    const many = Array.from({ length: 500 }, () => ({ ...shared, text: 'x', files: [{ id: 'F1' }] }))
    const shown = readShown(many, { said: true, say })
    expect(shown).toHaveLength(21)
    expect(shown.at(-1)).toBe(shortened)
    expect(readSharedFiles(many)).toHaveLength(20)

    const nest = (inner: Fields, times: number): Fields =>
      times === 0 ? inner : nest({ ...shared, text: 'x', files: [{}], attachments: [inner] }, times - 1)
    const lines = shownOf(nest({ ...shared, text: 'x' }, 3000)).split('\n')
    expect(lines).toHaveLength(9)
    expect(lines.at(-1)).toBe(`&gt; &gt; &gt; &gt; ${shortened}`)
    expect(readSharedFiles([nest({ ...shared }, 3000)])).toHaveLength(4)

    const long = shownOf({ ...shared, text: `${'x'.repeat(39_998)}&amp;<@U1> and more` })
    expect(long).toMatch(/x\n\[Shortened here; the whole message is in Slack\.\]$/)
    expect(long.length).toBeLessThan(40_100)
    const large = readShown(
      Array.from({ length: 20 }, () => ({ ...shared, text: '\n'.repeat(300_000) })),
      { said: true, say },
    )
    expect(large.join('\n').length).toBeLessThan(41_000)
  })
})

describe('what hangs on a message otherwise', () => {
  const table = {
    type: 'table',
    rows: [
      [
        { type: 'raw_text', text: 'Room' },
        { type: 'raw_number', value: 12 },
      ],
    ],
  }

  it.each<readonly [Fields, string]>([
    [{ blocks: [table], fallback: '[no preview available]' }, 'Room | 12'],
    [{ blocks: [table], from_url: 'https://a.example', is_msg_unfurl: false }, ''],
    [{ blocks: [table], from_url: 'https://a.example', is_app_unfurl: true }, ''],
    [{ blocks: [table], app_unfurl_url: 'https://a.example' }, ''],
    [
      {
        is_msg_unfurl: true,
        from_url: 'https://guests.slack.com/archives/C1/p1',
        blocks: [table],
        author_name: 'Lara',
        text: 'the pool',
      },
      'Forwarded from Lara:\n&gt; the pool',
    ],
    [{ title: 'A page', text: 'of theirs', original_url: 'https://a.example' }, ''],
    [
      {
        author_name: 'Alerts',
        title: 'Leak',
        text: 'in 12',
        fields: [{ title: 'Since', value: 'six' }],
        footer: 'Sensor 4',
      },
      'Alerts\nLeak\nin 12\nSince: six\nSensor 4',
    ],
    [{ fallback: 'A picture', image_url: 'https://a.example/x.png' }, 'A picture'],
  ])('is what the guest or an app says, and no link’s preview: %j', (attachment, shown) => {
    expect(shownOf(attachment)).toBe(shown)
  })

  it('is the preview of a link where there is nothing else', () => {
    expect(shownOf({ from_url: 'https://a.example', title: 'A page' }, false)).toBe('A page')
  })
})
