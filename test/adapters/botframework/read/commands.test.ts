import { expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createActivities, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { createOfflineRead } from '../setup.ts'

const readPayload = createOfflineRead()
const { message, aside, event } = createActivities('https://smba.trafficmanager.net/emea/', 'app')
const read = (activity: TeamsActivity): Promise<Reading> =>
  readPayload(JSON.stringify(activity), neverAborted)

it.each(['status', 'new', 'Status\n', '\u00a0new'])(
  '%j is a command in a personal chat, and nothing for the hotel',
  async (text) => {
    const { command, turns, address } = await read(message(text))
    expect(command).toBe(text.trim().toLowerCase())
    expect(turns).toEqual([])
    expect(address).toMatchObject({ v: 1 })
  },
)

it.each(['help', ' HELP ', 'Help\n'])(
  '%j in a personal chat is answered, and goes to the hotel',
  async (text) => {
    const { command, turns } = await read(message(text))
    expect(command).toBe('help')
    expect(turns).toMatchObject([{ kind: 'message', text: text.trim() }])
  },
)

it.each(['group', 'channel'] as const)('is a command with a mention in a %s', async (where) => {
  expect(await read(message('Help', where))).toMatchObject({ command: 'help', where: 'group', turns: [] })
})

it.each(['group', 'channel'] as const)('is a word among people without a mention in a %s', async (where) => {
  const { command, turns } = await read(aside('help', where))
  expect(command).toBeUndefined()
  expect(turns).toMatchObject([{ text: 'help', onlyInBridged: true }])
})

it.each(['help me', 'Help!', 'new\nstatus', 'helping', 'help help', 'новый', 'constructor'])(
  '%j is for the hotel',
  async (text) => {
    const { command, turns } = await read(message(text))
    expect(command).toBeUndefined()
    expect(turns).toMatchObject([{ text }])
  },
)

it('is no command when a message was edited to it', async () => {
  const { command, turns } = await read(event('messageUpdate', { text: 'help' }))
  expect(command).toBeUndefined()
  expect(turns).toMatchObject([{ kind: 'edit', text: 'help' }])
})

it('is read from the HTML copy where the text is missing', async () => {
  expect(await read({ ...message('status', 'group'), text: undefined })).toMatchObject({ command: 'status' })
  const bare = { ...message('status', 'group'), text: undefined, entities: undefined }
  expect(await read(bare)).toMatchObject({ command: 'status' })
})

it('comes with a file: the hotel gets both', async () => {
  const attachments = [{ contentType: 'image/png', name: 'passport.png' }]
  const { command, turns } = await read({ ...message('help'), attachments })
  expect(command).toBeUndefined()
  expect(turns).toMatchObject([{ text: 'help', attachments: [{ name: 'passport.png' }] }])
})
