import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Confirmation, Outcome, Part } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createAdapterContext } from '../../../fakes/adapter-context.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, startOfTest, toPart, type Setup } from '../setup.ts'

const channel = 'C0LOBBY'
const words = 'Your code for the safe is 4711.'

let setup: Setup
let root: string
beforeEach(async () => {
  setup = await createSetup()
  root = setup.slack.say({ channel, user: 'U0INES', text: `<@${fakeWorkspace.botUser}> The safe?` })
  await setup.readAll()
})
afterEach(() => setup.slack.close())

const send = (part: Part = toPart(words, root)): Promise<Outcome> => {
  setup.clock.step(1000)
  return setup.adapter.send(part, neverAborted)
}
const confirm = (part: Part = toPart(words, root)): Promise<Confirmation | undefined> =>
  setup.adapter.confirm?.(part, startOfTest, neverAborted) ?? Promise.resolve(undefined)
const calls = (method: string): number => setup.slack.server.requests.filter(callsMethod(method)).length
const shown = (): readonly string[] => setup.slack.room.all(channel).map(({ text }) => text)

/** The guest deletes the message that the thread begins with; nobody tells us yet. */
const removeUnheard = (): void => {
  setup.slack.remove(channel, root)
  setup.slack.waiting.splice(0)
}

/** The part is posted, but the connection breaks before Slack’s answer. */
const sendUnheard = async (): Promise<void> => {
  setup.slack.server.fail({ applied: true, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
  expect(await send()).toMatchObject({ outcome: 'unknown' })
}

const deleted = {
  outcome: 'rejected',
  kind: 'ended',
  reason: expect.stringMatching(/was deleted.*not left there/),
}

describe('an answer to a message that the guest has deleted', () => {
  it('does not stay where Slack shows it to the whole channel, and the next one is not posted at all', async () => {
    removeUnheard()
    expect(await send()).toMatchObject(deleted)
    expect(shown()).toEqual([])
    expect(await send({ ...toPart('And another', root), deliveryId: 'another' })).toMatchObject(deleted)
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('is not posted where Slack has told of the deletion, also by another process', async () => {
    setup.slack.remove(channel, root)
    await setup.readAll()
    expect(await send()).toMatchObject(deleted)
    const other = await createSetup({ apiUrl: setup.slack.url }, { vault: setup.vault })
    expect(await other.adapter.send(toPart(words, root), neverAborted)).toMatchObject(deleted)
    await other.slack.close()
    expect(calls('chat.postMessage')).toBe(0)
  })

  it('goes into the thread below a tombstone, for the thread has replies', async () => {
    setup.slack.say({ channel, user: 'U0INES', text: 'Hello?', threadTs: root })
    setup.slack.remove(channel, root)
    await setup.readAll()
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(setup.slack.posted(channel, root)).toEqual([words])
  })

  it('is for the guest alone in a direct message anyway, and stays there', async () => {
    const first = setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'The safe?' })
    setup.slack.remove('D0INES', first)
    await setup.readAll()
    const address = { v: 1, team: fakeWorkspace.team, channel: 'D0INES', threadTs: first }
    expect(await send({ ...toPart(words), address })).toMatchObject({ outcome: 'sent' })
    expect(setup.slack.posted('D0INES')).toEqual([words])
    expect(calls('chat.delete')).toBe(0)
  })

  it('is posted again once somebody writes in the thread after all', async () => {
    setup.slack.remove(channel, root)
    await setup.readAll()
    setup.slack.say({ channel, user: 'U0INES', text: 'Still there?', threadTs: root })
    await setup.readAll()
    await send()
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('is told of with what stands there where Slack lets nobody delete or change it', async () => {
    removeUnheard()
    setup.slack.refuse('chat.delete', 'cant_delete_message')
    setup.slack.refuse('chat.update', 'cant_update_message')
    const stands = {
      outcome: 'rejected',
      reason: expect.stringMatching(/cant_update_message.*delete it in Slack/),
    }
    expect(await send()).toMatchObject(stands)
    expect(await send()).not.toHaveProperty('kind')
    expect(await send()).toMatchObject(stands)
    expect(shown()).toEqual([words])
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('loses its words where it may be changed but not deleted', async () => {
    removeUnheard()
    setup.slack.refuse('chat.delete', 'compliance_exports_prevent_deletion')
    expect(await send()).toMatchObject(deleted)
    expect(shown()).toEqual(['(This message was withdrawn.)'])
  })

  it('is taken for deleted where somebody else has done that meanwhile', async () => {
    removeUnheard()
    setup.slack.refuse('chat.delete', 'message_not_found')
    expect(await send()).toMatchObject(deleted)
  })

  it.each(['ratelimited', 'internal_error', 'org_login_required'])(
    'is deleted later where Slack says %s, and not posted again',
    async (code) => {
      removeUnheard()
      setup.slack.refuse('chat.delete', code, 2)
      expect(await send()).toMatchObject({
        outcome: 'unknown',
        reason: expect.stringContaining('not deleted yet'),
      })
      expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
      expect(shown()).toEqual([words])
      expect(await confirm()).toEqual({ outcome: 'absent' })
      expect(shown()).toEqual([])
      expect(await send()).toMatchObject(deleted)
      expect(calls('chat.postMessage')).toBe(1)
    },
  )

  it('is deleted also while the records are away', async () => {
    removeUnheard()
    const { vault } = setup
    const set = vault.set.bind(vault)
    vault.set = () => Promise.reject(new Error('away'))
    expect(await send()).toMatchObject({ outcome: 'unknown' })
    expect(shown()).toEqual([])
    vault.set = set
    expect(await confirm()).toEqual({ outcome: 'absent' })
    expect(await send()).toMatchObject(deleted)
    expect(calls('chat.postMessage')).toBe(1)
  })
})

describe('an answer of which nobody knows whether it was posted', () => {
  it('is deleted when our own event tells that it stands in the channel', async () => {
    removeUnheard()
    await sendUnheard()
    expect(shown()).toEqual([words])
    await setup.slack.deliver(setup.route)
    expect(await confirm()).toEqual({ outcome: 'absent' })
    expect(shown()).toEqual([])
    expect(await send()).toMatchObject(deleted)
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('is found in the channel and deleted by a process that knows nothing of it', async () => {
    removeUnheard()
    await sendUnheard()
    const other = await createSetup({ apiUrl: setup.slack.url }, { vault: createAdapterContext().vault })
    const part = toPart(words, root)
    expect(await other.adapter.confirm?.(part, startOfTest - 60_000, neverAborted)).toEqual({
      outcome: 'absent',
    })
    expect(shown()).toEqual([])
    expect(await other.adapter.send(part, neverAborted)).toMatchObject(deleted)
    await other.slack.close()
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('is looked for on every page of the channel, and absent only then', async () => {
    removeUnheard()
    for (let count = 0; count < 20; count += 1) setup.slack.say({ channel, user: 'U0OMAR', text: 'chatter' })
    setup.clock.step(20_000)
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
    setup.clock.step(60_000)
    expect(await confirm()).toEqual({ outcome: 'absent' })
    expect([calls('conversations.replies'), calls('conversations.history')]).toEqual([1, 2])
    expect(await send()).toMatchObject(deleted)
    expect(calls('chat.postMessage')).toBe(0)
  })

  it('in a direct message is there, whichever thread Slack has put it into', async () => {
    const first = setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'The safe?' })
    setup.slack.remove('D0INES', first)
    const address = { v: 1, team: fakeWorkspace.team, channel: 'D0INES', threadTs: first }
    const part = { ...toPart(words), address }
    setup.slack.server.fail({ applied: true, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
    await send(part)
    setup.clock.step(20_000)
    expect(await confirm(part)).toMatchObject({ outcome: 'sent' })
    expect(setup.slack.posted('D0INES')).toEqual([words])
  })
})

/** Slack’s next answer to a post. */
const answer = (changed: object): void => {
  const body = { ok: true, channel, ts: '1793640400.000100', message: { thread_ts: root }, ...changed }
  setup.slack.server.fail(
    { applied: false, kind: 'answer', answer: { status: 200, body } },
    { match: callsMethod('chat.postMessage') },
  )
}

describe('what Slack calls posted', () => {
  it('in the right thread counts, and so does an answer that does not show the message', async () => {
    for (const changed of [{}, { message: undefined }, { channel: undefined }]) {
      answer(changed)
      expect(await send()).toEqual({ outcome: 'sent', id: '1793640400.000100' })
    }
    expect(calls('chat.delete')).toBe(0)
  })

  it('counts under the newer id of the channel', async () => {
    answer({ channel: 'C1LOBBY' })
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })

  it('does not count in another thread', async () => {
    answer({ message: { thread_ts: '1793640000.000100' } })
    expect(await send()).toMatchObject({ outcome: 'rejected' })
    expect(calls('chat.delete')).toBe(1)
  })

  it('does not count in another channel than the guest’s', async () => {
    answer({ channel: 'C0OTHER', message: {} })
    const outcome = await send({ ...toPart(words) })
    expect(outcome).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('another channel') })
    const [request] = setup.slack.server.requests.filter(callsMethod('chat.delete'))
    expect(new URLSearchParams(request?.body).get('channel')).toBe('C0OTHER')
  })

  it('comes again in shorter parts where Slack has cut off its end', async () => {
    answer({ response_metadata: { warnings: ['message_truncated'] } })
    expect(await send()).toMatchObject({ outcome: 'rejected', kind: 'too long' })
    expect(calls('chat.delete')).toBe(1)
  })
})
