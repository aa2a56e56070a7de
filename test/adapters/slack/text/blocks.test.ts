import { describe, expect, it } from 'vitest'
import { toMrkdwn } from '../../../../adapters/slack/text/blocks.ts'
import type { Fields } from '../../../../adapters/slack/wire.ts'

const plain = (text: string): object => ({ type: 'plain_text', text })
const mrkdwn = (text: string): object => ({ type: 'mrkdwn', text })
const rich = (...elements: readonly object[]): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
})
const richText = (text: string): object => rich({ type: 'text', text })

describe('a block', () => {
  it.each<readonly [Fields, string]>([
    [{ type: 'markdown', text: '# Rooms\n**12** & 14' }, '# Rooms\n**12** &amp; 14'],
    [{ type: 'alert', text: mrkdwn('*late*'), level: 'warning' }, '*late*'],
    [
      {
        type: 'card',
        hero_image: { type: 'image', alt_text: 'the pool', image_url: 'https://a.example/x' },
        title: mrkdwn('Spa'),
        subtitle: mrkdwn('open'),
        body: mrkdwn('until :100:'),
        actions: [{ type: 'button', text: plain('Book'), url: 'https://a.example/b', action_id: 'a' }],
      },
      'the pool\nSpa\nopen\nuntil 💯\n<https://a.example/b|Book>',
    ],
    [
      {
        type: 'carousel',
        elements: [
          { type: 'card', title: mrkdwn('One') },
          { type: 'card', body: mrkdwn('Two') },
        ],
      },
      'One\nTwo',
    ],
    [
      {
        type: 'container',
        title: plain('Stay'),
        rich_text_title: richText('of two'),
        subtitle: mrkdwn('in May'),
        child_blocks: [{ type: 'section', text: mrkdwn('Room 12') }, { type: 'divider' }],
        width: 'wide',
      },
      'Stay\nof two\nin May\nRoom 12',
    ],
    [
      {
        type: 'task_card',
        task_id: 't1',
        title: 'Late check-out',
        details: richText('until two'),
        output: richText('asked'),
        sources: [{ type: 'url', url: 'https://a.example', text: 'the rules' }],
        status: 'pending',
      },
      'Late check-out\nuntil two\nasked\n<https://a.example|the rules>',
    ],
    [
      {
        type: 'plan',
        title: 'Arrival',
        tasks: [
          { type: 'task_card', title: 'Taxi' },
          { type: 'task_card', title: 'Key' },
        ],
      },
      'Arrival\nTaxi\nKey',
    ],
    [
      {
        type: 'video',
        title: plain('Tour'),
        author_name: 'Lara',
        description: plain('of the house'),
        title_url: 'https://a.example/v',
        video_url: 'https://a.example/e',
        alt_text: 'x',
      },
      'Tour\nLara\nof the house\nhttps://a.example/v',
    ],
    [{ type: 'image', alt_text: 'a cat', title: plain('Cat & dog') }, 'Cat &amp; dog'],
    [{ type: 'image', image_url: 'https://a.example/x' }, '<https://a.example/x|[image]>'],
    [{ type: 'image', slack_file: { id: 'F1' } }, '[image]'],
    [
      { type: 'card', title: mrkdwn('Spa'), price: 200, currency: 'EUR', slots: [9, 11], max_lines: 3 },
      'Spa\nprice: 200\nEUR\nslots: 9, 11',
    ],
    [
      { type: 'section', block_id: 'b1', text: mrkdwn('Minibar'), expand: true, total: 12.5, image_bytes: 9 },
      'Minibar\ntotal: 12.5',
    ],
    [{ type: 'invoice', title: 'Minibar', price: 200, version: 2 }, 'Minibar\nprice: 200'],
    [{ type: 'rating', value: 4, max: 5 }, '4'],
    [{ type: 'fact', label: 'Rooms', value: [12, { type: 'text', text: 'A&B' }] }, 'Rooms: 12, A&amp;B'],
    [
      {
        type: 'section',
        text: mrkdwn('Approve?'),
        accessory: { type: 'button', text: plain('Yes'), value: 'y' },
      },
      'Approve?\n[Yes]',
    ],
    [
      {
        type: 'actions',
        elements: [
          { type: 'button', text: plain('Yes') },
          { type: 'static_select', placeholder: plain('Choose'), action_id: 'x' },
        ],
      },
      '[Yes] Choose',
    ],
    [
      {
        type: 'input',
        label: plain('Extras'),
        element: {
          type: 'checkboxes',
          action_id: 'c',
          options: [
            { text: plain('Cot'), value: 'v1' },
            { text: mrkdwn('Sauna'), description: plain('from six'), value: 'v2' },
          ],
        },
      },
      'Extras\nCot\nSauna\nfrom six',
    ],
    [
      {
        type: 'data_visualization',
        title: 'Nights',
        chart: {
          type: 'pie',
          segments: [
            { label: 'May', value: 3 },
            { label: 'June', value: 4 },
          ],
        },
      },
      'Nights\nMay: 3\nJune: 4',
    ],
    [
      {
        type: 'file',
        source: 'remote',
        external_id: 'x1',
        file: { id: 'F1', title: 'House rules', mimetype_pretty: 'PDF' },
      },
      'House rules\nPDF',
    ],
    [{ type: 'file', source: 'remote', external_id: 'x1' }, '[file]'],
    [{ type: 'divider' }, ''],
    [{ type: 'context_actions', elements: [{ type: 'icon_button', text: plain('Delete') }] }, ''],
  ])('is read as people see it: %j', (block, shown) => {
    expect(toMrkdwn(block)).toBe(shown)
  })

  it.each<readonly [Fields, string]>([
    [
      { type: 'tablet', heading: 'Menu', entries: [{ kind: 'x', body: mrkdwn('Soup &amp; *bread*') }] },
      'Menu\nSoup &amp; *bread*',
    ],
    [{ type: 'hotel_map', block_id: 'b1', style: 'wide' }, '[hotel map]'],
    [{ type: 'pin', label: 'Here' }, 'Here'],
    [{ type: 'pin', url: 'https://a.example', alt_text: 'Here' }, '<https://a.example|Here>'],
    [
      { type: 'call', call: { v1: { id: 'R1', display_name: 'Reception', join_url: 'https://a.example' } } },
      'Reception',
    ],
    [{ type: 'rating', value: 4 }, '4'],
    [{ type: 'header', text: plain('Spa'), subtext: plain('new'), block_id: 'b' }, 'Spa\nnew'],
    [{ type: 'constructor' }, '[constructor]'],
    [{ type: `${'x'.repeat(99)}<` }, `[${'x'.repeat(40)}]`],
    [{ type: '' }, ''],
  ])('that is not known is shown by the text in it, and never as nothing: %j', (block, shown) => {
    expect(toMrkdwn(block)).toBe(shown)
  })

  it('is left at depths that no message has', () => {
    const deep = JSON.parse(`${'{"type":"section","fields":['.repeat(5000)}${']}'.repeat(5000)}`) as Fields
    expect(toMrkdwn(deep)).toBe('')
    const lists = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown
    expect(toMrkdwn({ type: 'section', fields: lists })).toBe('')
    expect(toMrkdwn({ type: 'future', fields: lists })).toBe('[future]')
    expect(toMrkdwn({ type: 'table', rows: lists })).toBe('')
  })
})

describe('an element of a rich text', () => {
  it.each<readonly [object, string]>([
    [
      { type: 'date', timestamp: 1793640011, format: '{date} at {time}' },
      '<!date^1793640011^{date} at {time}>',
    ],
    [
      {
        type: 'date',
        timestamp: 1793640011,
        format: '{date}|^',
        url: 'https://a.example',
        fallback: 'a > b',
      },
      '<!date^1793640011^{date}  ^https://a.example|a &gt; b>',
    ],
    [
      { type: 'message_mention', channel_id: 'C1', message_ts: '1.2', url: 'https://a.example', text: 'see' },
      '<https://a.example|see>',
    ],
    [{ type: 'message_mention', channel_id: 'C1', message_ts: '1.2' }, '[message in <#C1>]'],
    [
      { type: 'canvas', file_id: 'F1', text: 'Our stay', url: 'https://a.example' },
      '<https://a.example|Our stay>',
    ],
    [{ type: 'canvas', file_id: 'F1', label: 'Our stay' }, 'Our stay'],
    [{ type: 'canvas', file_id: 'F1' }, '[canvas F1]'],
    [{ type: 'team', team_id: 'T1' }, '[team T1]'],
    [{ type: 'color', value: '#F405B3' }, '#F405B3'],
    [
      { type: 'attachment_mention', url: 'https://a.example', text: 'Order 7' },
      '<https://a.example|Order 7>',
    ],
    [{ type: 'workflow_mention' }, '[workflow]'],
    [{ type: 'canvas_user_mention', user_id: 'U1' }, '<@U1>'],
    [{ type: 'emoji', name: 'handshake', unicode: '1faf1-1f3fb-200d-1faf2-1f3ff' }, '🫱🏻‍🫲🏿'],
    [{ type: 'salesforce_data_field', text: 'Gold' }, 'Gold'],
    [{ type: 'tag', tag_id: 'x' }, '[tag]'],
  ])('is read as people see it: %j', (element, shown) => {
    expect(toMrkdwn(rich({ type: 'text', text: 'a ' }, element) as Fields)).toBe(`a ${shown}`)
  })
})

describe('a table', () => {
  it.each([
    ['by name', { room: 'Suite', price: 300 }, 'Suite | 300'],
    ['as `cells`', { id: 'r1', cells: [{ type: 'raw_number', value: 5 }, 'Spa'] }, '5 | Spa'],
  ])('keeps the numbers of rows that have their cells %s', (_, row, shown) => {
    expect(toMrkdwn({ type: 'data_table', rows: [row] })).toBe(shown)
  })

  it('keeps numbers, dates and empty cells in their columns', () => {
    const rows = [
      [
        { type: 'raw_text', text: 'Room' },
        { type: 'raw_text', text: 'Price' },
        { type: 'raw_text', text: 'Until' },
      ],
      [
        { type: 'raw_number', value: 3 },
        { type: 'raw_number', value: 99.5, text: '€ 99.50' },
        rich({ type: 'date', timestamp: 1793640011, format: '{date_num}' }),
      ],
      [null, { type: 'raw_number', value: 0 }, { type: 'future', words: 'late\nish' }],
      [7, 'x', { type: 'raw_text' }],
    ]
    expect(toMrkdwn({ type: 'data_table', caption: 'Rates', rows })).toBe(
      'Rates\nRoom | Price | Until\n3 | € 99.50 | <!date^1793640011^{date_num}>\n | 0 | late ish\n7 | x | ',
    )
  })
})
