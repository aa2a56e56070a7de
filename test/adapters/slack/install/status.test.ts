import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInstallations, type StoredInstallation } from '../../../../adapters/slack/install/stored.ts'
import { hour, neverAborted } from '../../../fakes/clock.ts'
import { createAdapterContext } from '../../../fakes/adapter-context.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, startOfTest, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ oauth })
})
afterEach(() => setup.slack.close())

const write = (key: string, installation: Partial<StoredInstallation> = {}): Promise<void> =>
  createInstallations(setup.vault).write(key, {
    botToken: fakeWorkspace.botToken,
    botUser: fakeWorkspace.botUser,
    installedAt: startOfTest,
    ...installation,
  })

const told = async () => (await setup.adapter.installations?.()) ?? []

describe('installations', () => {
  it('are none before somebody has installed the app', async () => {
    expect(await told()).toEqual([])
  })

  it('are workspaces and organisations, the newest first, with their names where those are known', async () => {
    await write('t:T0OLD')
    await write('e:E0GROUP', { name: 'The Group' })
    expect(await told()).toEqual([
      { name: 'The Group (E0GROUP)', ok: true, detail: 'organisation', installedAt: startOfTest },
      { name: 'T0OLD', ok: true, detail: 'workspace', installedAt: startOfTest },
    ])
  })

  it('name the workspace that Slack names, and nothing secret', async () => {
    const page = await setup.route({
      method: 'GET',
      path: '/slack/install',
      query: '',
      headers: { host: 'chat.hotel.example' },
      body: Buffer.alloc(0),
    })
    const state = /state=([^&"]+)/.exec(page.body ?? '')?.[1] ?? ''
    const code = setup.slack.installs.offer(fakeWorkspace, { rotating: true })
    const cookie = page.headers?.['set-cookie']?.split(';')[0] ?? ''
    await setup.route({
      method: 'GET',
      path: '/slack/oauth_redirect',
      query: `code=${code}&state=${state}`,
      headers: { host: 'chat.hotel.example', cookie },
      body: Buffer.alloc(0),
    })
    expect(await told()).toMatchObject([{ name: 'The <Guests> (T0GUESTS)', ok: true }])
    expect(JSON.stringify(await told())).not.toContain('xox')
  })

  it('say that Slack gives no new token, until it does', async () => {
    const rotation = { refreshToken: 'xoxe-1-known-to-nobody', expiresAt: startOfTest + hour }
    await write('t:T0GUESTS', { rotation })
    const send = () => setup.adapter.send(toPart('Yes'), neverAborted)
    await send()
    expect(await told()).toMatchObject([{ ok: false, detail: expect.stringContaining('the old one holds') }])
    setup.clock.step(hour)
    await send()
    expect(await told()).toMatchObject([
      { ok: false, detail: expect.stringContaining('install the app there') },
    ])
    await write('t:T0GUESTS', {
      botToken: 'xoxb-fake-new',
      rotation: { ...rotation, expiresAt: startOfTest + 20 * hour },
    })
    await send()
    expect(await told()).toMatchObject([{ ok: true }])
  })

  it('remember who has ended theirs, until they come back', async () => {
    await write('t:T0GUESTS', { name: 'The Guests' })
    setup.clock.step(1000)
    setup.slack.happen({ type: 'app_uninstalled' })
    await setup.readAll()
    expect(await told()).toMatchObject([
      { name: 'The Guests (T0GUESTS)', ok: false, detail: expect.stringContaining('removed the app') },
    ])
    await write('t:T0GUESTS', { installedAt: setup.clock.now() })
    expect(await told()).toMatchObject([{ name: 'T0GUESTS', ok: true }])
  })

  it('reject while the records are away, and ask Slack nothing', async () => {
    await write('t:T0GUESTS')
    await told()
    expect(setup.slack.server.requests.filter(callsMethod('auth.test'))).toEqual([])
    await setup.slack.close()
    const { vault } = createAdapterContext()
    setup = await createSetup(
      { oauth },
      { vault: { ...vault, get: () => Promise.reject(new Error('away')) } },
    )
    await expect(setup.adapter.installations?.()).rejects.toThrow('records')
  })

  it('are one where the settings name it', async () => {
    await setup.slack.close()
    setup = await createSetup()
    expect(await told()).toEqual([{ name: 'One workspace', ok: true, detail: 'in the settings' }])
  })
})
