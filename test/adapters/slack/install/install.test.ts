import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WebhookResponse } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace, type FakeBot } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, toPart, type Setup } from '../setup.ts'

const group: FakeBot = {
  ...fakeWorkspace,
  team: 'T0BRANCH',
  enterprise: 'E0GROUP',
  ofOrganisation: true,
  botUser: 'U0GROUPBOT',
  botToken: 'xoxb-fake-group-token',
}

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ oauth })
})
afterEach(() => setup.slack.close())

const get = (path: string, query = '', cookie?: string): Promise<WebhookResponse> => {
  const headers = { host: 'chat.hotel.example', ...(cookie === undefined ? {} : { cookie }) }
  return setup.route({ method: 'GET', path, query, headers, body: Buffer.alloc(0) })
}

/** Goes to the install page as a browser does; gives the state it carries, and the cookie. */
const begin = async (): Promise<{
  readonly state: string
  readonly cookie: string
  readonly page: WebhookResponse
}> => {
  const page = await get('/slack/install')
  const state = /state=([^&"]+)/.exec(page.body ?? '')?.[1] ?? ''
  return { state, page, cookie: page.headers?.['set-cookie']?.split(';')[0] ?? '' }
}

const finish = async (bot: FakeBot = fakeWorkspace, options?: { readonly rotating: boolean }) => {
  const { state, cookie } = await begin()
  const code = setup.slack.installs.offer(bot, options)
  return get('/slack/oauth_redirect', `code=${code}&state=${state}`, cookie)
}

describe('GET /slack/install', () => {
  it('leads to Slack with our scopes, the redirect and a state that a cookie repeats', async () => {
    const { page, state, cookie } = await begin()
    expect(page.status).toBe(200)
    const href = /href="([^"]+)"/.exec(page.body ?? '')?.[1]?.replaceAll('&amp;', '&') ?? ''
    const { origin, pathname, searchParams } = new URL(href)
    expect(`${origin}${pathname}`).toBe(`${setup.slack.server.url}/oauth/v2/authorize`)
    expect(searchParams.get('client_id')).toBe(oauth.clientId)
    expect(searchParams.get('redirect_uri')).toBe(oauth.redirectUri)
    expect(searchParams.get('scope')?.split(',')).toContain('chat:write')
    expect(cookie).toBe(`slack-app-oauth-state=${state}`)
    expect(page.headers?.['set-cookie']).toMatch(/; Secure; HttpOnly; Path=\/; Max-Age=600$/)
  })

  it('lets nothing run or load but its own style sheet', async () => {
    const { page } = await begin()
    const style = /<style>([^]*)<\/style>/.exec(page.body ?? '')?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(page.headers?.['content-security-policy']).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'$/,
    )
    expect(page.headers?.['content-security-policy']).toContain(`style-src 'sha256-${hash}'`)
    expect(page.headers?.['content-type']).toBe('text/html; charset=utf-8')
  })

  it('is not there for one workspace with its own token', async () => {
    const one = await createSetup()
    expect(one.adapter.routes.map(({ path }) => path)).toEqual(['/slack/events'])
    await one.slack.close()
  })
})

describe('GET /slack/oauth_redirect', () => {
  it('installs a workspace, says so, and keeps its token', async () => {
    const page = await finish()
    expect(page.status).toBe(200)
    expect(page.body).toContain('Installed in The &lt;Guests&gt;')
    expect(page.body).not.toMatch(/xoxb|<Guests/)
    expect(page.headers?.['set-cookie']).toMatch(/^slack-app-oauth-state=deleted; Secure; HttpOnly/)
    expect(await setup.vault.get('t:T0GUESTS')).toMatchObject({
      botToken: fakeWorkspace.botToken,
      botUser: fakeWorkspace.botUser,
      installedAt: setup.clock.now(),
    })
    expect(await setup.vault.get('bots')).toEqual({ v: 1, users: [fakeWorkspace.botUser] })
    expect(await setup.adapter.send(toPart('Hello'), neverAborted)).toMatchObject({ outcome: 'sent' })
    expect(setup.logged.join()).not.toMatch(/xoxb|client-secret/)
  })

  it('installs a whole organisation, for each of its workspaces', async () => {
    expect((await finish(group)).body).toContain('Installed in The Group')
    expect(await setup.vault.get('e:E0GROUP')).toMatchObject({ botToken: group.botToken })
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?', via: group })
    const [reading] = await setup.readAll()
    expect(reading).toMatchObject({
      turns: [{ text: 'Hello?', author: { name: 'Ines Alba' } }],
      address: { v: 1, team: 'T0BRANCH', enterprise: 'E0GROUP', channel: 'D0INES' },
    })
    const part = { ...toPart('Hello'), address: reading?.address ?? {} }
    expect(await setup.adapter.send(part, neverAborted)).toMatchObject({ outcome: 'sent' })
  })

  it.each([
    ['without the cookie', (state: string) => [state, undefined]],
    ['with another browser’s cookie', (state: string) => [state, `slack-app-oauth-state=${state}x`]],
    ['with a state of nobody’s', () => ['forged', 'slack-app-oauth-state=forged']],
  ] as const)('refuses a return %s', async (_, change) => {
    const { state } = await begin()
    const [given, cookie] = change(state)
    const code = setup.slack.installs.offer(fakeWorkspace)
    const page = await get('/slack/oauth_redirect', `code=${code}&state=${given ?? ''}`, cookie)
    expect(page.status).toBe(400)
    expect(page.body).toContain('cannot be finished')
    expect(setup.slack.server.requests).toHaveLength(0)
    expect(await setup.vault.get('t:T0GUESTS')).toBeUndefined()
  })

  it.each([
    ['error=access_denied', 200, 'Nothing was installed'],
    ['state=x', 400, 'Something is missing'],
    ['code=x', 400, 'Something is missing'],
    ['', 400, 'Something is missing'],
  ])('answers ?%s with %d and says: %s', async (query, status, words) => {
    const page = await get('/slack/oauth_redirect', query)
    expect(page.status).toBe(status)
    expect(page.body).toContain(words)
  })

  it('fills no log, however often strangers open what is no way back', async () => {
    for (let count = 0; count < 30; count += 1) await get('/slack/oauth_redirect', `code=x&state=${count}`)
    const told = () => setup.logged.filter((line) => line.includes('library reports a problem'))
    expect(told()).toHaveLength(1)
    setup.clock.step(60_000)
    await get('/slack/oauth_redirect', 'code=x&state=30')
    expect(told()[1]).toContain('"count":30')
  })

  it('says that it failed when Slack takes the code no more', async () => {
    const { state, cookie } = await begin()
    const page = await get('/slack/oauth_redirect', `code=used&state=${state}`, cookie)
    expect(page.status).toBe(502)
    expect(page.body).toContain('The installation failed')
    expect(setup.logged.join()).not.toContain('used')
  })

  it('says that it failed when the installation cannot be stored', async () => {
    const vault = { ...setup.vault, set: () => Promise.reject(new Error('The disk is full.')) }
    const broken = await createSetup({ oauth }, { vault })
    await setup.slack.close()
    setup = broken
    const page = await finish()
    expect(page.status).toBe(502)
  })

  it.each([
    [['T0OTHER'], 403],
    [['T0OTHER', 'T0GUESTS'], 200],
  ])('where only %j may install, answers %d', async (allowedTeams, status) => {
    await setup.slack.close()
    setup = await createSetup({ oauth: { ...oauth, allowedTeams } })
    const page = await finish()
    expect(page.status).toBe(status)
    expect((await setup.vault.get('t:T0GUESTS')) === undefined).toBe(status === 403)
    expect(page.body?.includes('add T0GUESTS to SLACK_ALLOWED_TEAMS')).toBe(status === 403)
    await finish()
    const told = setup.logged.filter((line) => line.includes('a Slack workspace was refused'))
    expect(told).toHaveLength(status === 403 ? 1 : 0)
  })
})

const end = (type: 'app_uninstalled' | 'tokens_revoked', fields = {}, via?: FakeBot) =>
  setup.slack.happen({ type, ...fields }, via)
const isInstalled = async (key = 't:T0GUESTS') => (await setup.vault.get(key)) !== undefined

describe('an installation’s end', () => {
  it.each([
    ['app_uninstalled', {}, false],
    ['tokens_revoked', { tokens: { bot: [fakeWorkspace.botUser] } }, false],
    ['tokens_revoked', { tokens: { oauth: ['U0INES'], bot: [] } }, true],
    ['tokens_revoked', { tokens: { bot: ['U0OTHERBOT'] } }, true],
    ['tokens_revoked', {}, true],
  ] as const)('after %s %j: installed %s', async (type, fields, installed) => {
    await finish()
    setup.clock.step(60_000)
    end(type, fields)
    expect(await setup.readAll()).toEqual([{ turns: [] }])
    expect(await isInstalled()).toBe(installed)
  })

  it('is not that of a later installation', async () => {
    await finish()
    setup.clock.step(60_000)
    end('app_uninstalled')
    end('tokens_revoked', { tokens: { bot: [fakeWorkspace.botUser] } })
    setup.clock.step(60_000)
    await finish()
    await setup.readAll()
    expect(await isInstalled()).toBe(true)
  })

  it('is not that of the organisation when one of its workspaces leaves', async () => {
    await finish(group)
    setup.clock.step(60_000)
    end('app_uninstalled', {}, { ...group, ofOrganisation: false })
    await setup.readAll()
    expect(await isInstalled('e:E0GROUP')).toBe(true)
    end('app_uninstalled', {}, group)
    await setup.readAll()
    expect(await isInstalled('e:E0GROUP')).toBe(false)
  })

  it.each([
    [{ team_id: null, enterprise_id: 'E0GROUP' }, false],
    [{ team_id: 'E0GROUP', enterprise_id: 'E0GROUP', authorizations: [] }, false],
    [{ team_id: 'T0GUESTS', enterprise_id: 'E0GROUP' }, true],
  ])('is the organisation’s own with %j: installed %s', async (whose, installed) => {
    await finish(group)
    setup.clock.step(60_000)
    end('app_uninstalled')
    const [body] = setup.slack.waiting.splice(0) as [object]
    setup.slack.waiting.push({ ...body, authorizations: undefined, ...whose })
    await setup.readAll()
    expect(await isInstalled('e:E0GROUP')).toBe(installed)
  })

  it('leaves nothing to read in what comes afterwards, which is acknowledged', async () => {
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    expect(await setup.readAll()).toEqual([{ turns: [] }])
    expect(await setup.adapter.send(toPart('Hello'), neverAborted)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('install it again'),
    })
    expect(setup.slack.server.requests).toHaveLength(0)
  })

  it('waits while the records cannot be read', async () => {
    const vault = { ...setup.vault, get: () => Promise.reject(new Error('The store is away.')) }
    await setup.slack.close()
    setup = await createSetup({ oauth }, { vault })
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    await expect(setup.readAll()).rejects.toMatchObject({ name: 'PassingError' })
    expect(await setup.adapter.send(toPart('Hello'), neverAborted)).toMatchObject({ outcome: 'retry' })
    expect(setup.slack.server.requests.filter(callsMethod('chat.postMessage'))).toHaveLength(0)
  })
})
