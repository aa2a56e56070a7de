import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeAppToken } from '../../../fakes/slack/sockets.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

const patience = { timeout: 5_000, interval: 5 }
const own = { appToken: fakeAppToken, signingSecrets: [] }

let setup: Setup
let stopping: AbortController
let listening: Promise<void> | undefined
beforeEach(async () => {
  setup = await createSetup(own)
  stopping = new AbortController()
  listening = undefined
})
afterEach(async () => {
  stopping.abort()
  await listening
  await setup.slack.close()
})

const listen = (): void => {
  listening = setup.adapter.listen?.(stopping.signal)
}
/** Lets the injected time go on until the check holds. */
const until = (check: () => void): Promise<void> =>
  vi.waitFor(() => {
    setup.clock.step(100)
    check()
  }, patience)
const untilConnected = (times = 1): Promise<void> =>
  until(() => expect(setup.slack.sockets.opened()).toBe(times))

/** Does something around every recording. */
const around = (work: (accept: () => Promise<void>) => Promise<void>): void => {
  const accept = setup.inbox.accept.bind(setup.inbox)
  setup.inbox.accept = (arrivals) => work(() => accept(arrivals))
}

const command = {
  command: '/hotel',
  text: 'help',
  channel_id: 'C0LOBBY',
  user_id: 'U0INES',
  team_id: 'T0GUESTS',
  trigger_id: '1.2.3',
  token: 'old-verification-token',
}
const shortcut = {
  type: 'message_action',
  callback_id: 'send_to_hotel',
  channel: { id: 'C0LOBBY', name: 'lobby' },
  team: { id: 'T0GUESTS' },
  message: { type: 'message', user: 'U0INES', ts: '1793640100.000200', text: 'Is the pool open?' },
}

describe('over a connection of our own', () => {
  it('events, commands and shortcuts are recorded as they are by HTTP, and acknowledged', async () => {
    listen()
    const { sockets } = setup.slack
    expect(await sockets.send('events_api', readFixture('message-im'))).toBe(true)
    expect(await sockets.send('slash_commands', command)).toBe(true)
    expect(await sockets.send('interactive', shortcut)).toBe(true)
    expect(await sockets.send('interactive', { type: 'block_actions' })).toBe(true)
    expect(setup.inbox.recorded).toMatchObject([
      {
        conversation: 'D0INES',
        keys: [
          'event:A0HOTEL1:Ev00000001',
          'client:D0INES:U0INES:3f0c2c5e-1a55-4b8e-9f3c-0d7f6a2f9b11',
          'message:D0INES:1793640011.000219',
        ],
      },
      { conversation: 'C0LOBBY', keys: ['trigger:1.2.3'] },
      { conversation: 'C0LOBBY:1793640100.000200', keys: ['shortcut:C0LOBBY:1793640100.000200'] },
    ])
    expect(JSON.stringify(setup.inbox.recorded)).not.toContain('old-verification-token')
  })

  it('nothing comes by HTTP where there is no signing secret', () => {
    expect(setup.adapter.routes).toEqual([])
  })

  it('nothing is acknowledged before it is recorded', async () => {
    const recorded = Promise.withResolvers<undefined>()
    let asked = false
    around((accept) => {
      asked = true
      return recorded.promise.then(accept)
    })
    listen()
    let taken: boolean | undefined
    const sending = setup.slack.sockets.send('events_api', readFixture('message-im')).then((is) => {
      taken = is
      return is
    })
    await until(() => expect(asked).toBe(true))
    expect(taken).toBeUndefined()
    recorded.resolve(undefined)
    expect(await sending).toBe(true)
  })

  it('what cannot be recorded is not acknowledged, and said', async () => {
    setup.inbox.breakDown()
    listen()
    await untilConnected()
    const sending = setup.slack.sockets.send('events_api', readFixture('message-im'))
    await until(() => expect(setup.logged.join()).toContain('Slack will send it again'))
    setup.slack.sockets.cut()
    expect(await sending).toBe(false)
  })

  it('what was recorded when the connection broke comes again, and is recognised', async () => {
    const { sockets } = setup.slack
    let breaks = true
    around(async (accept) => {
      await accept()
      if (breaks) sockets.cut()
      breaks = false
    })
    listen()
    expect(await sockets.send('events_api', readFixture('message-im'))).toBe(false)
    await untilConnected(2)
    expect(await sockets.send('events_api', readFixture('message-im'))).toBe(true)
    expect(setup.inbox.accepted).toHaveLength(2)
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('our own posts come back as receipts', async () => {
    listen()
    await untilConnected()
    expect(await setup.slack.sockets.send('events_api', readFixture('own-post'))).toBe(true)
    expect(setup.inbox.accepted).toEqual([])
  })
})

describe('the connection', () => {
  it('is followed by another when Slack renews it, and no event is missed', async () => {
    listen()
    await untilConnected()
    for (const [index, reason] of ['warning', 'refresh_requested'].entries()) {
      setup.slack.sockets.say(JSON.stringify({ type: 'disconnect', reason }))
      await untilConnected(index + 2)
    }
    await until(() => expect(setup.slack.sockets.count()).toBe(1))
    expect(await setup.slack.sockets.send('events_api', readFixture('message-im'))).toBe(true)
  })

  it('is opened again when it breaks, ever more slowly while that goes on', async () => {
    listen()
    for (const times of [1, 2, 3]) {
      await untilConnected(times)
      setup.slack.sockets.cut()
      await until(() => expect(setup.slack.sockets.count()).toBe(0))
    }
    const before = setup.clock.now()
    await untilConnected(4)
    expect(setup.clock.now() - before).toBeGreaterThanOrEqual(4_000)
  })

  it('outlives what nobody can read', async () => {
    listen()
    await untilConnected()
    const { sockets } = setup.slack
    const garbage = [
      'null',
      'not JSON',
      '[]',
      '3',
      '{}',
      '{"type":"events_api"}',
      '{"type":"events_api","payload":{}}',
    ]
    for (const text of garbage) sockets.say(text)
    for (const payload of [
      null,
      'text',
      [],
      { event: null },
      { type: 'event_callback', event: { type: 'x' } },
    ])
      for (const type of ['events_api', 'slash_commands', 'interactive', 'hologram'])
        sockets.say(JSON.stringify({ type, payload, envelope_id: 'e' }))
    expect(await sockets.send('events_api', readFixture('message-im'))).toBe(true)
    expect(sockets.opened()).toBe(1)
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('that Slack refuses is told of once, with what to do, and tried again', async () => {
    await setup.slack.close()
    setup = await createSetup({ ...own, appToken: 'xapp-1-wrong' })
    listen()
    const asked = () => setup.slack.server.requests.filter(({ path }) => path.endsWith('connections.open'))
    await until(() => expect(asked().length).toBeGreaterThan(2))
    const told = setup.logged.filter((line) => line.includes('SLACK_APP_TOKEN'))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('invalid_auth')
    expect(setup.logged.join()).not.toMatch(/xapp-1-wrong|ticket/)
  })

  it('stands again once Slack is back', async () => {
    await setup.slack.server.pause()
    listen()
    await until(() => expect(setup.logged.join()).toContain('ECONNREFUSED'))
    await setup.slack.server.resume()
    await until(() => expect(setup.logged.join()).toContain('connected to Slack'))
    expect(setup.logged.join()).not.toMatch(/xapp-|ticket/)
  })

  it.each([
    ['while it stands', () => untilConnected()],
    ['while Slack does not greet', () => untilConnected()],
    ['while it is opened', () => until(() => expect(setup.slack.server.requests.length).toBeGreaterThan(0))],
  ])('ends soon when asked to, %s', async (when, ready) => {
    setup.slack.sockets.greet(when !== 'while Slack does not greet')
    if (when === 'while it is opened') setup.slack.server.fail({ kind: 'hang', applied: false })
    listen()
    await ready()
    stopping.abort()
    await listening
    await until(() => expect(setup.slack.sockets.count()).toBe(0))
  })
})
