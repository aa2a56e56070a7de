import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted, patience } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const readBody = (body: unknown, signal = neverAborted): Promise<Reading> =>
  setup.adapter.read(JSON.stringify(body), signal)
const readNamed = (fixture: string): Promise<Reading> => readBody(readFixture(fixture))
const lookUps = (): number => setup.slack.server.requests.filter(callsMethod('users.info')).length

describe('read', () => {
  it('gives what a guest wrote directly', async () => {
    expect(await readNamed('message-im')).toEqual({
      turns: [
        {
          kind: 'message',
          author: { id: 'U0INES', name: 'Ines Alba' },
          text: 'Is the desk open at 23:40?',
          attachments: [],
          at: 1_793_640_011_000,
          reference: { channel: 'D0INES', ts: '1793640011.000219' },
          message: '1793640011.000219',
        },
      ],
      greet: 'person',
      address: { v: 1, team: 'T0GUESTS', channel: 'D0INES' },
    })
  })

  it.each(['message-channel-mention', 'app-mention'])(
    'gives the thread under a mention, without the mention: %s',
    async (fixture) => {
      const { turns, address } = await readNamed(fixture)
      expect(turns[0]).toMatchObject({ kind: 'message', text: 'is the pool open?' })
      expect(turns[0]).not.toHaveProperty('onlyInBridged')
      expect(address).toEqual({ v: 1, team: 'T0GUESTS', channel: 'C0LOBBY', threadTs: '1793640100.000100' })
    },
  )

  it('leaves it to the core whether a thread is the hotel’s', async () => {
    const { turns } = await readNamed('message-thread-reply')
    expect(turns[0]).toMatchObject({ text: 'Until when?', onlyInBridged: true })
  })

  it.each([
    ['message-changed', { kind: 'edit', text: 'Table for 3', at: 1_793_640_200_000 }],
    ['message-deleted', { kind: 'deletion', text: '', attachments: [], at: 1_793_640_210_001 }],
    [
      'message-changed-tombstone',
      { kind: 'deletion', text: '', author: { id: 'U0INES', name: 'Ines Alba' } },
    ],
    ['file-share', { text: '', attachments: [{ name: 'invoice.pdf', size: 122_880 }] }],
    ['me-message', { text: 'waves from the lobby' }],
    ['thread-broadcast', { text: 'Pool closes at ten.' }],
    ['file-access', { text: 'The scan', author: { id: 'U0EXTERN', name: 'Omar Agency' } }],
  ])('reads %s', async (fixture, turn) => {
    expect((await readNamed(fixture)).turns).toMatchObject([turn])
  })

  it.each(['own-post', 'other-bot', 'channel-join', 'member-joined', 'message-channel'])(
    'finds nothing for the hotel in %s',
    async (fixture) => {
      expect((await readNamed(fixture)).turns).toEqual([])
    },
  )

  it('finds nothing for the hotel in a message without anything to read', async () => {
    const body = readFixture('message-im')
    const event = { ...(body['event'] as object), text: '\u200E', blocks: [] }
    expect((await readBody({ ...body, event })).turns).toEqual([])
  })

  it('says the names of people who are mentioned', async () => {
    setup.slack.addUser('U0OMAR', 'Omar')
    const body = readFixture('message-im')
    const event = { ...(body['event'] as object), text: 'with <@U0OMAR> and <@U0GONE>' }
    expect((await readBody({ ...body, event })).turns[0]?.text).toBe('with @Omar and @U0GONE')
  })

  it('gives emoji as characters', async () => {
    const elements = [{ type: 'emoji', name: 'wave', unicode: '1f44b' }]
    const body = readFixture('message-im')
    const event = { ...(body['event'] as object), text: ':wave:', blocks: [{ type: 'rich_text', elements }] }
    expect((await readBody({ ...body, event })).turns[0]?.text).toBe('👋')
  })

  it('asks for a name once an hour', async () => {
    await readNamed('message-im')
    await readNamed('message-changed')
    expect(lookUps()).toBe(1)
    setup.clock.step(3_600_001)
    await readNamed('message-im')
    expect(lookUps()).toBe(2)
  })

  it('falls back to the id, and asks again after five minutes, when a name is not to be had', async () => {
    setup.slack.refuse('users.info', 'user_not_found')
    expect((await readNamed('message-im')).turns[0]?.author).toEqual({ id: 'U0INES', name: 'U0INES' })
    expect((await readNamed('message-im')).turns[0]?.author.name).toBe('U0INES')
    expect(lookUps()).toBe(1)
    setup.clock.step(300_001)
    expect((await readNamed('message-im')).turns[0]?.author.name).toBe('Ines Alba')
  })

  it.each(['limit', 'reset'] as const)('loses no message to a look-up that fails: %s', async (fault) => {
    const match = callsMethod('users.info')
    if (fault === 'limit') setup.slack.limit('users.info', { retryAfter: 60 })
    else setup.slack.server.fail({ applied: false, kind: 'reset' }, { match })
    expect((await readNamed('message-im')).turns[0]).toMatchObject({
      text: 'Is the desk open at 23:40?',
      author: { name: 'U0INES' },
    })
  })

  it('waits three seconds for a name and no longer', async () => {
    setup.slack.server.fail({ applied: true, kind: 'late', ms: 250 }, { match: callsMethod('users.info') })
    const reading = readNamed('message-im')
    await vi.waitFor(() => expect(lookUps()).toBe(1), patience)
    setup.clock.step(3000)
    expect((await reading).turns[0]?.author.name).toBe('U0INES')
  })

  it('reads without look-ups once it is told to stop', async () => {
    setup.slack.server.fail({ applied: false, kind: 'hang' }, { match: callsMethod('users.info') })
    const { turns } = await readBody(readFixture('message-im'), AbortSignal.abort())
    expect(turns[0]?.author.name).toBe('U0INES')
  })

  it.each(['', '{', 'null', '[]', '7'])('throws for the payload %j', async (payload) => {
    await expect(setup.adapter.read(payload, neverAborted)).rejects.toThrow('no JSON object')
  })

  it('looks up ten mentioned people at most', async () => {
    const text = Array.from({ length: 12 }, (_, number) => `<@U0GUEST${number}>`).join(' ')
    const body = readFixture('message-im')
    await readBody({ ...body, event: { ...(body['event'] as object), text } })
    expect(lookUps()).toBe(1 + 10)
  })

  it('logs only the code of what goes wrong in the library', async () => {
    setup.slack.server.fail({ applied: false, kind: 'reset' }, { match: callsMethod('users.info') })
    await readNamed('message-im')
    expect(setup.logged).toEqual(['[{"platform":"slack","codes":[]},"the Slack library reports something"]'])
  })
})

const inLobby = (text: string): Promise<Reading> => {
  setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text })
  return setup.readOne()
}

describe('a mention without a word', () => {
  const bot = `<@${fakeWorkspace.botUser}>`

  it.each([bot, `${bot} `, `${bot} ${bot}`, `${bot}?`])('%j in a channel is greeted', async (text) => {
    const { turns, address, greet, command } = await inLobby(text)
    expect([turns.length, greet, command]).toEqual([1, 'person', undefined])
    expect(address).toMatchObject({ channel: 'C0LOBBY' })
  })

  it.each([`${bot} towels?`, `hey ${bot}`, `${bot} <@U0INES>`, `${bot} 12`])(
    '%j is a message as any other',
    async (text) => expect((await inLobby(text)).greet).toBeUndefined(),
  )
})
