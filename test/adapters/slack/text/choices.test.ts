import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBlocks } from '../../../../adapters/slack/text/choices.ts'
import type { Choice } from '../../../../src/port.ts'
import { formHeaders } from '../../../fakes/slack/events.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const choices: readonly Choice[] = [
  { id: 'h-1', label: 'Grand & <!channel>' },
  { id: 'h-2', label: 'Old Mill' },
]
const many = (count: number): readonly Choice[] =>
  Array.from({ length: count }, (_, index) => ({ id: `h-${index}`, label: 'A'.repeat(80) }))

const root = '1793640100.000100'
const team = 'T0GUESTS'

const ask = () => setup.adapter.send({ ...toPart('Which hotel?', root), choices }, neverAborted)

/** Slack's payload of a pressed button, as `docs.slack.dev/reference/interaction-payloads/block_actions-payload` has it. */
const press = (ts: string, changed: object = {}) => {
  const payload = JSON.stringify({
    type: 'block_actions',
    trigger_id: '7.8.9',
    team: { id: team },
    user: { id: 'U0INES', team_id: team },
    channel: { id: 'C0LOBBY', name: 'lobby' },
    container: { type: 'message', message_ts: ts, channel_id: 'C0LOBBY', is_ephemeral: false },
    message: { type: 'message', ts, thread_ts: root, text: 'Which hotel?', bot_id: 'B0HOTEL1' },
    actions: [{ type: 'button', action_id: 'choose_1', block_id: 'choices_0', value: 'h-2' }],
    ...changed,
  })
  return setup.route(setup.slack.sign(new URLSearchParams({ payload }).toString(), formHeaders))
}

describe('a question', () => {
  it('is posted with a button for each answer, literally', async () => {
    await ask()
    const [request] = setup.slack.server.requests.filter(callsMethod('chat.postMessage'))
    const form = new URLSearchParams(request?.body)
    expect(form.get('text')).toBe('Which hotel?')
    expect(JSON.parse(form.get('blocks') ?? '')).toEqual([
      {
        type: 'section',
        block_id: 'question',
        text: { type: 'plain_text', text: 'Which hotel?', emoji: false },
      },
      {
        type: 'actions',
        block_id: 'choices_0',
        elements: [
          {
            type: 'button',
            action_id: 'choose_0',
            value: 'h-1',
            text: { type: 'plain_text', text: 'Grand & <!channel>', emoji: false },
          },
          {
            type: 'button',
            action_id: 'choose_1',
            value: 'h-2',
            text: { type: 'plain_text', text: 'Old Mill', emoji: false },
          },
        ],
      },
    ])
  })

  it('has no more buttons in a row than Slack takes, and none where there are too many or too many words', () => {
    const rows = toBlocks('Which?', many(30)) as readonly { readonly elements?: readonly object[] }[]
    expect(rows.map(({ elements = [] }) => elements.length)).toEqual([0, 25, 5])
    expect(JSON.stringify(rows)).not.toContain('A'.repeat(76))
    expect(toBlocks('Which?', many(101))).toBeUndefined()
    expect(toBlocks('W'.repeat(3_001), many(2))).toBeUndefined()
    expect(toBlocks('Hello')).toBeUndefined()
  })
})

describe('a pressed button', () => {
  it('is recorded in the conversation of its question, once, and tells the choice', async () => {
    expect(await press('1793640100.000200')).toEqual({ status: 200, body: '' })
    await press('1793640100.000200')
    expect(setup.inbox.recorded).toMatchObject([
      { conversation: `C0LOBBY:${root}`, keys: ['trigger:7.8.9'], routing: { team, channel: 'C0LOBBY' } },
    ])
    const address = { v: 1, team, channel: 'C0LOBBY', threadTs: root }
    expect(await setup.readOne()).toEqual({
      turns: [],
      choice: 'h-2',
      address,
      answerTo: { ...address, replaces: '1793640100.000200' },
    })
  })

  it('by somebody of another workspace counts for the organisation whose bot asked', async () => {
    const ofOrganisation = {
      team: null,
      enterprise: { id: 'E0GRID', name: 'Grid' },
      is_enterprise_install: true,
    }
    const user = { id: 'U0OMAR', team_id: 'T0PARTNER' }
    const { text, ts } = { text: 'Which hotel?', ts: '1793640100.000200' }
    const channel = { id: 'D0OMAR', name: 'directmessage' }
    await press(ts, { ...ofOrganisation, user, channel, message: { type: 'message', ts, text } })
    expect(setup.inbox.recorded[0]?.routing).toEqual({ enterprise: 'E0GRID', channel: 'D0OMAR' })
    expect(await setup.readOne()).toMatchObject({
      address: { v: 1, team: '', enterprise: 'E0GRID', channel: 'D0OMAR' },
    })
  })

  it('of somebody else’s making is nothing to us', async () => {
    const actions = [{ type: 'button', action_id: 'approve', value: 'h-2' }]
    expect(await press('1793640100.000200', { actions })).toEqual({ status: 200, body: '' })
    expect(setup.inbox.recorded).toEqual([])
  })

  it('is acknowledged in place of the question', async () => {
    await ask()
    const [question] = setup.slack.room.all('C0LOBBY')
    await press(question?.ts ?? '')
    const { answerTo } = await setup.readOne()
    const part = { ...toPart('To the Old Mill <3'), address: answerTo ?? {} }
    expect(await setup.adapter.send(part, neverAborted)).toEqual({ outcome: 'sent', id: question?.ts })
    const [message, ...others] = setup.slack.room.all('C0LOBBY')
    expect(message).toMatchObject({ ts: question?.ts, text: 'To the Old Mill &lt;3' })
    expect(message?.blocks).toBeUndefined()
    expect(others).toEqual([])
  })

  it('is acknowledged by a message where the question is gone', async () => {
    const address = { v: 1, team, channel: 'C0LOBBY', threadTs: root, replaces: '1.2' }
    const outcome = await setup.adapter.send({ ...toPart('To the Old Mill'), address }, neverAborted)
    expect(outcome.outcome).toBe('sent')
    expect(setup.slack.posted('C0LOBBY', root)).toEqual(['To the Old Mill'])
  })
})
