import { afterEach, expect, test, vi } from 'vitest'
import { formHeaders } from '../../fakes/slack/events.ts'
import { patience } from '../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../fakes/slack/slack.ts'
import { installInSlack, oauthSettings } from '../../fakes/slack/install-app.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let system: SystemFixture
afterEach(() => system.close())

const command = async (text: string, channel = 'C0LOBBY'): Promise<number> => {
  const { connector, slack } = system
  const body = new URLSearchParams({
    command: '/hotel',
    text,
    team_id: fakeWorkspace.team,
    channel_id: channel,
    user_id: 'U0PENELOPE',
    trigger_id: crypto.randomUUID(),
    response_url: slack.responseUrl(),
  })
  const { headers } = slack.sign(body.toString(), formHeaders)
  const request = { method: 'POST', headers: headers as Record<string, string>, body: body.toString() }
  return (await fetch(`${connector.url}/slack/events`, request)).status
}

test('a workspace installs the app by OAuth, and guest and hotel write to each other, also after a restart', async () => {
  system = await createSystemFixture(oauthSettings)
  const { connector, slack, mews } = system
  await connector.start()
  expect(await installInSlack(system)).toContain('Installed in The &lt;Guests&gt;')
  await connector.kill()
  await connector.start()
  slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text: 'Is the pool open?' })
  await vi.waitFor(() => expect(mews.threads()).toHaveLength(1), patience)
  const { id, originalSender } = mews.threads()[0] ?? { id: '' }
  expect(originalSender).toBe('Penelope Morgan')
  mews.reply(id, 'Until ten.')
  await vi.waitFor(() => expect(slack.posted('D0PENELOPE')).toContain('Until ten.'), patience)
  await vi.waitFor(() => expect([...slack.reactions].join()).toMatch(/ white_check_mark$/), patience)
  expect(connector.output).not.toMatch(/xox|client-secret|pool open/)
})

test('what Slack repeats after a restart goes before what was written since', async () => {
  system = await createSystemFixture()
  const { connector, slack, mews } = system
  const say = (text: string) => slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text })
  const read = () => mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
  await connector.start()
  say('one')
  await vi.waitFor(() => expect(read()).toEqual(['one']), patience)
  await connector.kill()
  slack.connect(`${connector.url}/slack/events`, { pausesMs: [0, patience.timeout, 0] })
  say('two')
  await connector.start()
  say('three')
  await vi.waitFor(() => expect(read()).toHaveLength(3), patience)
  expect(read()).toEqual(['one', 'two', 'three'])
})

test('/hotel status answers one person alone: how their messages fare', async () => {
  system = await createSystemFixture()
  const { connector, slack } = system
  await connector.start()
  expect(await command('status')).toBe(200)
  await vi.waitFor(
    () => expect(slack.answers).toEqual([expect.stringMatching(/^You have not written/)]),
    patience,
  )
  slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text: 'Is the pool open?' })
  await vi.waitFor(() => expect([...slack.reactions].join()).toMatch(/ white_check_mark$/), patience)
  await vi.waitFor(
    () => expect(slack.posted('D0PENELOPE')).toEqual([expect.stringMatching(/^Hello!/)]),
    patience,
  )
  expect(await command('status')).toBe(200)
  await vi.waitFor(() => expect(slack.answers[1]).toMatch(/^Everything you wrote has reached/), patience)
  expect(slack.posted('D0PENELOPE').join()).not.toContain('reached')
})

test('/hotel new and help say in a channel what is true there, and in a direct message what is true there', async () => {
  system = await createSystemFixture()
  const { connector, slack } = system
  await connector.start()
  for (const [text, channel, words] of [
    ['new', 'C0LOBBY', /^To start a new conversation/],
    ['help', 'C0LOBBY', /^To reach the team/],
    ['new', 'D0PENELOPE', /^Your next message starts/],
    ['help', 'D0PENELOPE', /^Everything you write here/],
  ] as const) {
    expect(await command(text, channel)).toBe(200)
    await vi.waitFor(() => expect(slack.answers.at(-1)).toMatch(words), patience)
  }
})

test('what a guest forwards reaches the hotel with its writer, its files and its dates in the hotel’s time zone', async () => {
  system = await createSystemFixture()
  const { connector, slack, mews } = system
  await connector.start()
  const say = (ts: string, said: object): void =>
    slack.happen({
      type: 'message',
      channel: 'D0PENELOPE',
      channel_type: 'im',
      user: 'U0PENELOPE',
      text: '',
      ts,
      event_ts: ts,
      ...said,
    })
  const read = (): readonly string[] =>
    mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))

  const files = [{ id: 'F1', name: 'passports.pdf', mode: 'hosted', size: 1200 }]
  say('1793640250.000100', {
    attachments: [{ is_share: true, is_msg_unfurl: true, author_name: 'Lara', text: '', files }],
  })
  await vi.waitFor(() => expect(read()).toEqual(['Forwarded from Lara:\n📎 passports.pdf (1 kB)']), patience)
  // By now the connector has asked which hotel this is.
  await vi.waitFor(() => expect(connector.output).toContain('"timeZone":"Europe/Budapest"'), patience)
  say('1793640251.000100', { text: 'Taxi at <!date^1793640011^{time}|six>' })
  await vi.waitFor(() => expect(read()[1]).toBe('Taxi at 18:20'), patience)
})

test('an edit, and a deletion, that come before their messages count, also after a restart', async () => {
  system = await createSystemFixture()
  const { connector, slack, mews } = system
  await connector.start()
  const guest = { type: 'message', user: 'U0PENELOPE' }
  const place = { channel: 'D0PENELOPE', channel_type: 'im' }
  const tell = (ts: string, event: object): void =>
    slack.happen({ type: 'message', ...place, ts, event_ts: ts, ...event })
  const texts = (): readonly string[] =>
    mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
  const read = async (expected: readonly string[]): Promise<void> => {
    await vi.waitFor(() => expect(texts()).toEqual(expected), patience)
    await connector.kill()
    await connector.start()
  }
  const table = { ...guest, ts: '1793640001.000100', text: 'A table at eight' }
  const edited = { ...table, text: 'A table at ten', edited: { user: 'U0PENELOPE', ts: '1793640005.000000' } }
  const taxi = { ...guest, ts: '1793640002.000100', text: 'A taxi, please' }
  tell('1793640005.000200', { subtype: 'message_changed', message: edited, previous_message: table })
  await read(['✏️ Edited: A table at ten'])
  tell('1793640006.000200', { subtype: 'message_deleted', deleted_ts: taxi.ts })
  await slack.settled()
  tell(table.ts, table)
  tell(taxi.ts, taxi)
  tell('1793640009.000100', { ...guest, text: 'Thank you' })
  await read(['✏️ Edited: A table at ten', 'Thank you'])
  tell('1793640008.000100', { ...guest, text: 'For two' })
  await read(['✏️ Edited: A table at ten', 'Thank you', '🕗 Written earlier: For two'])
})

/** A guest asks in a channel, and takes the question away again without Slack telling of it. */
const askAndRemove = async (): Promise<{ readonly root: string; readonly thread: string }> => {
  const { slack, mews } = system
  const text = `<@${fakeWorkspace.botUser}> What is the code of the safe?`
  const root = slack.say({ channel: 'C0LOBBY', user: 'U0PENELOPE', text })
  await vi.waitFor(() => expect([...slack.reactions].join()).toMatch(/ white_check_mark$/), patience)
  slack.room.remove('C0LOBBY', root)
  return { root, thread: mews.threads()[0]?.id ?? '' }
}

test('an answer that Slack would show to a whole channel does not stay there, though the connector is killed before it is deleted', async () => {
  system = await createSystemFixture()
  const { connector, slack, mews } = system
  await connector.start()
  const { thread } = await askAndRemove()
  slack.server.fail({ applied: false, kind: 'hang' }, { match: callsMethod('chat.delete') })
  mews.reply(thread, 'It is 4711.')
  await vi.waitFor(() => expect(slack.server.requests.some(callsMethod('chat.delete'))).toBe(true), patience)
  expect(slack.posted('C0LOBBY')).toEqual(['It is 4711.'])
  await connector.kill()
  await connector.start()
  await vi.waitFor(() => expect(slack.posted('C0LOBBY')).toEqual([]), patience)
  const told = /not delivered.*It is 4711\./
  await vi.waitFor(() => expect(mews.messages(thread).at(-1)?.text).toMatch(told), patience)
  expect(slack.server.requests.filter(callsMethod('chat.postMessage'))).toHaveLength(1)
  expect(connector.output).not.toContain('4711')
})

test('such an answer is found and deleted though the connector was killed before it heard that it was posted', async () => {
  system = await createSystemFixture()
  const { connector, slack, mews } = system
  await connector.start()
  const { thread } = await askAndRemove()
  slack.server.fail({ applied: true, kind: 'hang' }, { match: callsMethod('chat.postMessage') })
  mews.reply(thread, 'It is 4711.')
  await vi.waitFor(() => expect(slack.posted('C0LOBBY')).toEqual(['It is 4711.']), patience)
  await connector.kill()
  await connector.start()
  await vi.waitFor(() => expect(slack.posted('C0LOBBY')).toEqual([]), patience)
  await vi.waitFor(() => expect(mews.messages(thread).at(-1)?.text).toMatch(/not delivered.*4711/), patience)
  expect(slack.server.requests.filter(callsMethod('chat.postMessage'))).toHaveLength(1)
})
