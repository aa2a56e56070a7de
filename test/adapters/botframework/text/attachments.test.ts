import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../../src/port.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createOfflineRead } from '../setup.ts'

const readPayload = createOfflineRead()
const { message } = createActivities('https://smba.trafficmanager.net/emea/', 'app')

const turnOf = async (text: string, attachments: readonly unknown[]): Promise<Turn | undefined> => {
  const activity: TeamsActivity = { ...message(text), text, attachments }
  return (await readPayload(JSON.stringify(activity), neverAborted)).turns[0]
}
const copy = (content: string): unknown => ({ contentType: 'text/html', content })
const card = (kind: string, content: unknown): unknown => ({
  contentType: `application/vnd.microsoft.${kind}`,
  content,
})
const reference = (messageId: string, preview: string, sender: unknown): unknown => ({
  id: messageId,
  contentType: 'messageReference',
  content: JSON.stringify({ messageId, messagePreview: preview, messageSender: sender }),
})
const forwarded = (content: unknown): unknown => ({ contentType: 'forwardedMessageReference', content })

describe('a card that a guest passes on', () => {
  const adaptive = {
    type: 'AdaptiveCard',
    body: [
      { type: 'TextBlock', text: 'Flight OS 123' },
      { type: 'FactSet', facts: [{ title: 'Lands', value: '23:40' }] },
      { type: 'ColumnSet', columns: [{ items: [{ type: 'TextBlock', text: 'Gate\n\nF 12' }] }] },
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'two ' }, 'bags'] },
      { type: 'Image', url: 'https://x.example/a.png', altText: 'Map' },
      { type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://x.example' }] },
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Check in' }],
  }
  const shown = '> Flight OS 123\n> Lands: 23:40\n> Gate\n> F 12\n> two bags\n> Map'

  it.each<[string, unknown, string]>([
    ['an Adaptive Card', card('card.adaptive', adaptive), shown],
    ['one whose content is JSON text', card('card.adaptive', JSON.stringify(adaptive)), shown],
    [
      'a hero card',
      card('card.hero', { title: 'Trip', subtitle: 'OS 123', text: 'late', buttons: [{ title: 'Buy' }] }),
      '> Trip\n> OS 123\n> late',
    ],
    [
      'a connector’s card',
      card('teams.card.o365connector', {
        title: 'Order',
        sections: [{ activityTitle: 'Ana', facts: [{ name: 'Room', value: '12' }] }],
      }),
      '> Order\n> Ana\n> Room: 12',
    ],
    [
      'a receipt',
      card('card.receipt', {
        title: 'Bill',
        facts: [{ key: 'No', value: '7' }],
        items: [{ title: 'Bed', price: '9' }],
      }),
      '> Bill\n> No: 7\n> Bed: 9',
    ],
    [
      'an announcement',
      card('teams.messaging-announcementBanner', { title: 'We come late' }),
      '> We come late',
    ],
  ])('%s is shown in words', async (_row, attachment, text) => {
    expect(await turnOf('see', [attachment])).toMatchObject({ text: `see\n${text}`, attachments: [] })
    expect(await turnOf('', [attachment])).toMatchObject({ text, attachments: [] })
  })

  it('is named where it has no words', async () => {
    expect(
      await turnOf('', [card('card.fluidEmbedCard', { componentUrl: 'https://x.example' })]),
    ).toMatchObject({
      text: '',
      attachments: [{ name: 'card' }],
    })
  })

  it('is cut where it is endless, and read where it is deep', async () => {
    const shortened = '[Shortened here; the whole message is in Microsoft Teams.]'
    const long = card('card.hero', { title: 'x'.repeat(5000), text: 'end' })
    expect((await turnOf('', [long]))?.text).toBe(`> ${'x'.repeat(4000)}\n${shortened}`)
    const many = card('card.adaptive', { body: Array.from({ length: 5000 }, () => ({ text: 'x' })) })
    expect((await turnOf('', [many]))?.text.split('\n')).toHaveLength(2001)
    let deep: unknown = { text: 'x' }
    for (let depth = 0; depth < 2000; depth += 1) deep = { items: [deep] }
    expect(await turnOf('', [card('card.adaptive', deep)])).toMatchObject({ attachments: [{ name: 'card' }] })
  })

  it('leaves pictures and files of the HTML copy where they are', async () => {
    const attachments = [
      { ...(card('card.hero', { title: 'Trip' }) as object), id: 'c1' },
      copy('<p>see</p><attachment id="c1"></attachment><img src="https://x.example/a" alt="map.png">'),
    ]
    expect(await turnOf('see', attachments)).toMatchObject({
      text: 'see\n> Trip',
      attachments: [{ name: 'map.png' }],
    })
  })
})

describe('a message that another one names', () => {
  it('is quoted at its place', async () => {
    const attachments = [
      reference('2', 'Dinner?', { application: { displayName: 'Concierge' } }),
      reference('1', 'Breakfast?', { user: { displayName: 'Ana' } }),
      copy('<attachment id="1"></attachment><p>yes</p><attachment id="2"></attachment><p>no</p>'),
    ]
    expect(await turnOf('yes no', attachments)).toMatchObject({
      text: '> Ana\n> Breakfast?\nyes\n> Concierge\n> Dinner?\nno',
      attachments: [],
    })
  })

  it('is quoted where nothing shows its place', async () => {
    const quoted = reference('1', 'Breakfast?', undefined)
    expect(await turnOf('yes', [quoted])).toMatchObject({ text: '> Breakfast?\nyes', attachments: [] })
  })

  it.each<[string, unknown, string]>([
    [
      'with its writer',
      {
        originalMessageSender: { user: { displayName: 'Ana' } },
        originalMessageContent: '<p>We <b>land</b></p>late',
      },
      'Forwarded from Ana:\n> We land\n> late',
    ],
    ['without', JSON.stringify({ originalMessageContent: 'late' }), 'Forwarded message:\n> late'],
    [
      'without words',
      { originalMessageId: '1' },
      'Forwarded message:\n[This message can only be read in Microsoft Teams.]',
    ],
    [
      'without anything',
      undefined,
      'Forwarded message:\n[This message can only be read in Microsoft Teams.]',
    ],
  ])('is told when it is forwarded, %s', async (_row, content, text) => {
    expect(await turnOf('', [forwarded(content)])).toMatchObject({ text, attachments: [] })
  })
})

describe('content that is not known', () => {
  const unreadable = '[This message can only be read in Microsoft Teams.]'

  it.each([
    [
      'an organisation’s emoji has its name',
      '<p><customemoji id="x" alt="partyparrot"></customemoji></p>',
      ':partyparrot:',
    ],
    ['one without a name', '<customemoji id="x"></customemoji>', ':emoji:'],
    ['an unknown element alone', '<div><poll id="7"></poll></div>', unreadable],
  ])('%s', async (_row, html, text) => {
    expect(await turnOf('', [copy(html)])).toMatchObject({ text, attachments: [] })
  })

  it.each([
    ['beside words', 'see', '<p>see<poll id="7"></poll></p>', 'see'],
    ['in a quotation', 'see', '<blockquote><poll></poll></blockquote><p>see</p>', 'see'],
  ])('adds nothing %s', async (_row, text, html, shown) => {
    expect((await turnOf(text, [copy(html)]))?.text).toBe(shown)
  })

  it.each(['', ' \u200B', '\u2800', '\u00AD\u200D'])('nothing to be seen is no message: %j', async (text) => {
    expect(await turnOf(text, [copy(`<div><p>${text}</p></div>`)])).toBeUndefined()
  })
})
