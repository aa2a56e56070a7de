import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeChannex, fakeAccount, type FakeChannex } from '../fakes/channex/channex.ts'
import { createFakeMews, type FakeMews } from '../fakes/mews/mews.ts'
import { createFakeServer, type FakeServer } from '../fakes/server.ts'
import { runCommand, type CommandResult } from './run-command.ts'

let folder: string
let mews: FakeMews
let channex: FakeChannex
/** Stands where the connector would be. */
let listener: FakeServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'channex-'))
  mews = await createFakeMews()
  channex = await createFakeChannex()
  listener = await createFakeServer(({ headers, method }) => {
    const known = method === 'GET' || headers['x-channex-webhook-secret'] === fakeAccount.secret
    return { status: known ? 200 : 401 }
  })
})
afterEach(async () => {
  await Promise.all([mews.close(), channex.close(), listener.close()])
  await rm(folder, { recursive: true })
})

const run = (
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandResult> =>
  runCommand(args, {
    DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
    PUBLIC_URL: listener.url,
    MEWS_PLATFORM_ADDRESS: mews.url,
    MEWS_CLIENT_TOKEN: mews.clientToken,
    MEWS_ACCESS_TOKEN: mews.properties[0]?.accessToken ?? '',
    MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
    CHANNEX_API_KEY: fakeAccount.apiKey,
    CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
    CHANNEX_BASE_URL: channex.url,
    CHANNEX_PROPERTY_ID: fakeAccount.propertyId,
    ...settings,
  })

describe('check', () => {
  test('has a row for key, application and webhook, each with what to do', async () => {
    channex.installed.clear()
    const { code, out } = await run(['check'])
    expect(code).toBe(1)
    expect(out).toMatch(/^ok +Channex key +accepted$/m)
    expect(out).toMatch(/^FAILED +Channex Messages application +not installed: install it in Channex/m)
    expect(out).toMatch(/^FAILED +Channex webhook +none calls .*: mews-chat channex webhook creates it/m)
  })

  test('is content once the webhook command has run', async () => {
    await run(['channex', 'webhook'])
    const { code, out } = await run(['check'])
    expect(out).toMatch(/^ok +Channex webhook +sound$/m)
    expect(out).not.toContain('FAILED')
    expect(code).toBe(0)
  })
})

const stored = () => [...channex.webhooks.values()]

describe('channex webhook', () => {
  test('creates the webhook, and changes nothing when it is run again', async () => {
    const first = await run(['channex', 'webhook'])
    expect(first.out).toBe(
      `The webhook was created: Channex calls ${listener.url}/channex/webhooks for property ${fakeAccount.propertyId}.\n` +
        'It was tried: the connector answered 200.\n',
    )
    expect(stored()).toMatchObject([{ is_active: true, send_data: true, is_global: false }])
    const before = JSON.stringify(stored())
    const again = await run(['channex', 'webhook'])
    expect(again.out).toMatch(/^The webhook is sound, nothing was changed/)
    expect(JSON.stringify(stored())).toBe(before)
    expect([first.code, again.code]).toEqual([0, 0])
  })

  test('repairs one that was made by hand, and says what was wrong', async () => {
    await run(['channex', 'webhook'])
    const [id = ''] = channex.webhooks.keys()
    channex.change(id, { is_active: false, event_mask: 'message' })
    const { out } = await run(['channex', 'webhook', '--json'])
    expect(JSON.parse(out)).toEqual({
      did: 'repaired',
      detail: expect.stringMatching(/since it is not active; it does not send all of message/),
    })
    expect(stored()).toMatchObject([{ is_active: true }])
  })

  test('says when the webhook stands and the connector does not answer', async () => {
    await listener.pause()
    const { code, out } = await run(['channex', 'webhook'])
    expect(code).toBe(0)
    expect(out).toMatch(/The webhook was created.*\n.*is the connector running, and reached at PUBLIC_URL\?/)
  })

  test('wants PUBLIC_URL', async () => {
    expect(await run(['channex', 'webhook'], { PUBLIC_URL: '' })).toEqual({
      code: 2,
      out: '',
      err: 'PUBLIC_URL must be set to the https address by which Channex reaches the connector.\n',
    })
  })

  test('says that Channex is off', async () => {
    const off = { CHANNEX_API_KEY: '', CHANNEX_WEBHOOK_SECRET: '', CHANNEX_PROPERTY_ID: '' }
    const slack = { SLACK_SIGNING_SECRET: 'a'.repeat(32), SLACK_BOT_TOKEN: 'xoxb-1' }
    expect(await run(['channex', 'webhook'], { ...off, ...slack })).toMatchObject({
      code: 2,
      err: 'CHANNEX_API_KEY must be set: channex is off.\n',
    })
  })

  test('says what to do when Channex refuses, and shows no secret', async () => {
    const { code, err } = await run(['channex', 'webhook'], { CHANNEX_API_KEY: 'another-key' })
    expect(code).toBe(1)
    expect(err).toContain('check CHANNEX_API_KEY')
    expect(err).not.toMatch(/another-key|of-the-tests/)
  })
})
