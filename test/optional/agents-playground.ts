import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { patience } from '../fakes/clock.ts'

/** Microsoft's Agents Playground, which stands in for Teams: its page, and the interface by which it can be driven. */
export interface Playground {
  readonly url: string
  /** Tells the bot that it was added to a conversation. */
  install(conversationId: string): Promise<void>
  /** Writes as its one guest without a mention, which the page shows in chats only. */
  say(conversationId: string, text: string): Promise<void>
  close(): Promise<void>
}

const guest = 'user-id-0'

/** Ids of its conversations. */
export const places = { personal: 'personal-chat', group: 'group-chat', channel: 'channel-room' }
/** The bot's name on its page. */
export const bot = { id: '00000000-0000-0000-0000-00000000000011', name: 'Concierge' }

const person = (id: string, givenName: string, surname: string, aad: string): object => ({
  id,
  name: `${givenName} ${surname}`,
  userPrincipleName: `${givenName.toLowerCase()}@example.com`,
  aadObjectId: `00000000-0000-0000-0000-0000000000${aad}`,
  givenName,
  surname,
  email: `${givenName.toLowerCase()}@example.com`,
})

/** Who and what there is; JSON is YAML too. */
const config = {
  version: '0.1.1',
  tenantId: '00000000-0000-0000-0000-0000000000001',
  bot,
  currentUser: person(guest, 'Penelope', 'Morgan', '20'),
  // It wants exactly five.
  users: [1, 2, 3, 4, 5].map((index) => person(`user-id-${index}`, `Guest${index}`, 'Bowen', `2${index}`)),
  personalChat: { id: places.personal },
  groupChat: { id: places.group, name: 'Group Chat' },
  team: {
    id: 'team-id',
    name: 'Hotel Team',
    aadGroupId: '00000000-0000-0000-0000-000000000031',
    channels: [{ id: places.channel, name: 'Front desk room' }],
  },
}

const post = async (url: string, body: unknown): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
}

const isUp = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  )

/** Starts an installed playground against a bot on this machine, and resolves once its page is there. */
export const startPlayground = async (executable: string, botUrl: string): Promise<Playground> => {
  const port = 56_150
  const url = `http://127.0.0.1:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'playground-'))
  await writeFile(join(folder, '.m365agentsplayground.yml'), JSON.stringify(config))
  const options = ['-e', `${botUrl}/api/messages`, '-c', 'msteams', '-p', String(port), '--disable-telemetry']
  const child: ChildProcess = spawn(process.execPath, [executable, 'start', ...options], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TEAMSAPPTESTER_BROWSER: 'none' },
    stdio: 'ignore',
  })
  await vi.waitUntil(() => isUp(url), patience)
  return {
    url,
    install: (id) => post(`${url}/_debug/conversation/${id}/installation`, { action: 'add' }),
    say: (id, text) =>
      post(`${url}/_conversation/v1/conversations/${id}/messages`, {
        type: 'message',
        textFormat: 'plain',
        text,
        from: { id: guest },
        mentions: [],
      }),
    close: async () => {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
