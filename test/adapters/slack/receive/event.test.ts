import { describe, expect, it } from 'vitest'
import { readEvent, type SlackEvent } from '../../../../adapters/slack/receive/event.ts'
import { readEnvelope } from '../../../../adapters/slack/wire.ts'
import { readFixture } from '../setup.ts'

const read = (fixture: string, change: Readonly<Record<string, unknown>> = {}): SlackEvent => {
  const body = readFixture(fixture)
  return readEvent(readEnvelope({ ...body, event: { ...(body['event'] as object), ...change } }))
}

const table = (room: number): object => ({ type: 'table', rows: [[{ type: 'raw_number', value: room }]] })

describe('readEvent', () => {
  it.each([
    ['message-im', 'message', 'D0INES', false],
    ['message-im-thread', 'message', 'D0INES:1793640011.000219', false],
    ['message-mpim', 'message', 'C0TRIO', false],
    ['message-channel-mention', 'message', 'C0LOBBY:1793640100.000100', false],
    ['app-mention', 'message', 'C0LOBBY:1793640100.000100', false],
    ['message-thread-reply', 'message', 'C0LOBBY:1793640100.000100', true],
    ['thread-broadcast', 'message', 'C0LOBBY:1793640100.000100', true],
    ['me-message', 'message', 'D0INES', false],
    ['file-share', 'message', 'D0INES', false],
    ['file-access', 'message', 'C0SHARED:1793640100.000100', true],
    ['message-changed', 'edit', 'D0INES', false],
    ['message-changed-tombstone', 'deletion', 'D0INES', true],
    ['message-deleted', 'deletion', 'D0INES', true],
  ])('takes %s for a guest’s %s in %s', (fixture, kind, conversation, onlyInBridged) => {
    expect(read(fixture)).toMatchObject({ kind, conversation, onlyInBridged })
  })

  it.each([
    ['message-channel', 'not addressed to us'],
    ['message-changed-unfurl', 'not edited'],
    ['message-changed-unfurl-after-edit', 'not edited'],
    ['own-post-overridden', 'our own'],
    ['own-post-changed', 'our own'],
    ['own-post-deleted', 'our own'],
    ['channel-join', 'subtype channel_join'],
    ['slackbot', 'not a person'],
    ['message-replied', 'subtype message_replied'],
    ['unknown-subtype', 'subtype hologram'],
    ['member-joined', 'event type'],
  ])('ignores %s: %s', (fixture, why) => {
    expect(read(fixture)).toEqual({ kind: 'ignored', why })
  })

  it('knows its own post by the delivery id on it', () => {
    expect(read('own-post')).toMatchObject({
      kind: 'echo',
      deliveryId: 'd-own-post',
      post: { ts: '1793640220.001100' },
    })
  })

  it.each([
    ['the app’s id', { app_id: 'A0HOTEL1' }],
    ['the bot profile’s app', { bot_profile: { app_id: 'A0HOTEL1' } }],
    ['our bot user', { user: 'U0HOTELBOT' }],
    ['another workspace’s copy of our bot, by its metadata', { metadata: { event_type: 'mews_reply' } }],
    ['a bot without a user', { bot_id: 'B0OTHER', user: undefined }],
    ['nobody', { user: undefined }],
    ['Slack itself', { user: 'USLACK' }],
  ])('does not forward what came from %s', (_, change) => {
    expect(['ignored', 'echo']).toContain(read('message-im', change).kind)
    expect(read('message-changed', { message: { ...change, text: 'x', edited: {} } }).kind).toBe('ignored')
    const deleted = { user: 'U0INES', text: 'x', ts: '1.2', ...change }
    expect(read('message-deleted', { previous_message: deleted }).kind).toBe('ignored')
  })

  it.each([
    'bot_message',
    'channel_join',
    'channel_leave',
    'channel_topic',
    'channel_name',
    'pinned_item',
    'reminder_add',
    'message_replied',
    'assistant_app_thread',
    'ekm_access_denied',
    'group_join',
    'tombstone',
  ])('ignores the subtype %s', (subtype) => {
    expect(read('message-im', { subtype })).toEqual({ kind: 'ignored', why: `subtype ${subtype}` })
  })

  it.each([{ bot_id: 'B0OTHER' }, { bot_profile: { id: 'B0OTHER' } }])(
    'leaves it to Slack to say whether %j is a person’s',
    (change) => {
      expect(read('message-im', change)).toMatchObject({ kind: 'message', byApp: true })
      expect(read('message-im')).toMatchObject({ kind: 'message', byApp: false })
    },
  )

  it('takes an edit that mentions us for the beginning of a conversation', () => {
    const message = { user: 'U0INES', ts: '1793640011.000219', text: '<@U0HOTELBOT> hi', edited: {} }
    const channel = { channel: 'C0LOBBY', channel_type: 'channel', message }
    expect(read('message-changed', channel)).toMatchObject({ kind: 'edit', onlyInBridged: false })
  })

  it('leaves a mention that an edit has added to what tells of the edit', () => {
    expect(read('app-mention', { edited: { user: 'U0INES', ts: '1793640260.000000' } })).toEqual({
      kind: 'ignored',
      why: 'an edit, told as one',
    })
  })

  it('takes everything in a channel that is open to us', () => {
    const envelope = readEnvelope(readFixture('message-channel'))
    const open = { isBot: () => false, isOpen: (channel: string) => channel === 'C0LOBBY' }
    expect(readEvent(envelope, open)).toMatchObject({
      kind: 'message',
      onlyInBridged: false,
      addressed: false,
    })
    expect(readEvent(envelope, { ...open, isOpen: () => false }).kind).toBe('ignored')
    const reply = readEnvelope(readFixture('message-thread-reply'))
    expect(readEvent(reply, open)).toMatchObject({ kind: 'message', onlyInBridged: false })
  })

  it('follows edits of what mentioned us, where it is bridged', () => {
    const before = { user: 'U0INES', ts: '1793640011.000219', text: '<@U0HOTELBOT> hi' }
    const message = { ...before, text: 'never mind', edited: {} }
    const channel = { channel: 'C0LOBBY', channel_type: 'channel', previous_message: before, message }
    expect(read('message-changed', channel)).toMatchObject({
      kind: 'edit',
      conversation: 'C0LOBBY:1793640011.000219',
      onlyInBridged: true,
    })
  })

  it('keeps the first message of a thread in the direct message where it was written', () => {
    const root = { thread_ts: '1793640011.000219' }
    expect(read('message-im', root)).toMatchObject({ conversation: 'D0INES' })
  })

  it('takes no change for an edit that nobody made', () => {
    const message = { user: 'U0INES', ts: '1793640011.000219', text: 'Table for 2 <https://mews.com>' }
    expect(read('message-changed', { message })).toEqual({ kind: 'ignored', why: 'not edited' })
  })

  const shared = {
    is_msg_unfurl: true,
    from_url: 'https://guests.slack.com/archives/C1/p1',
    text: 'the bill',
  }
  const clip = { id: 'F1', transcription: { status: 'complete', preview: { content: 'At ten?' } } }
  it.each([
    ['what stands behind a pasted link', {}, { attachments: [shared] }, 'edit'],
    ['a clip’s transcript', { files: [{ id: 'F1' }] }, { files: [clip] }, 'edit'],
    ['an edited table', { blocks: [table(1)] }, { blocks: [table(2)], edited: { ts: '1.2' } }, 'edit'],
    ['a table that nobody edited', { blocks: [table(1)] }, { blocks: [table(2)] }, 'ignored'],
    ['the preview of a page', {}, { attachments: [{ from_url: 'https://a.example', text: 'x' }] }, 'ignored'],
    ['what was known', { attachments: [shared] }, { attachments: [shared], files: [] }, 'ignored'],
    ['a forwarded message less', { attachments: [shared] }, {}, 'ignored'],
  ])('tells what a change adds: %s, %j, %j: %s', (_, before, after, kind) => {
    const message = { type: 'message', user: 'U0INES', text: 'see', ts: '1793640011.000219' }
    const change = { message: { ...message, ...after }, previous_message: { ...message, ...before } }
    expect(read('message-changed', change).kind).toBe(kind)
  })

  it('sees an edit of the files alone', () => {
    const message = { user: 'U0INES', ts: '1793640011.000219', text: 'Table for 2', edited: {} }
    expect(read('message-changed', { message: { ...message, files: [{ id: 'F1' }] } }).kind).toBe('edit')
    expect(read('message-changed', { message }).kind).toBe('ignored')
  })

  it.each([
    { channel: undefined },
    { channel: { id: 'D0INES' } },
    { channel: 'no channel' },
    { ts: undefined },
    { ts: 7, thread_ts: 'x' },
  ])('ignores a message with %j', (change) => {
    expect(read('message-im', change).kind).toBe('ignored')
  })
})
