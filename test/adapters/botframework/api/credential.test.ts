import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readBotFrameworkConfig } from '../../../../adapters/botframework/config.ts'
import type { Outcome, Settings } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createFakeBotFramework, type FakeBotFramework } from '../../../fakes/botframework/botframework.ts'
import { machineSecret } from '../../../fakes/botframework/entra.ts'
import { addressOf, createSetup, type Setup, type SetupOptions } from '../setup.ts'

const clocks = { name: 'Clock (Teams)' }

const fixture = new URL('../../../fixtures/botframework/certificate.pem', import.meta.url)
let folder: string
let pem: string
/** One for the whole file: MSAL finds out once in a process where it runs, and asks there ever after. */
let machine: FakeBotFramework
beforeAll(async () => {
  machine = await createFakeBotFramework()
  vi.stubEnv('IDENTITY_ENDPOINT', `${machine.server.url}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', machineSecret)
  folder = await mkdtemp(join(tmpdir(), 'credentials-'))
  pem = await readFile(fixture, 'utf8')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await machine.server.close()
  await rm(folder, { recursive: true })
})

const start = async (settings: Settings, options: SetupOptions = {}): Promise<Setup> => {
  const setup = await createSetup({
    timeLimitMs: 30_000,
    ...options,
    settings: { MicrosoftAppPassword: undefined, ...settings },
  })
  onTestFinished(() => setup.close())
  return setup
}
/** On a machine that has managed identities. */
const startOnMachine = (settings: Settings): Promise<Setup> => start(settings, { fake: machine })
const send = async (setup: Setup): Promise<Outcome> =>
  setup.adapter.send(
    { deliveryId: 'd-1', address: await addressOf(setup, 'personal'), text: 'Yes' },
    neverAborted,
  )
const asked = ({ fake }: Setup, path: string, since = 0): number =>
  fake.server.requests.slice(since).filter((request) => request.path === path).length

const keyOf = (text: string): string => text.slice(text.indexOf('-----BEGIN PRIVATE KEY-----'))
const thumbprintOf = (algorithm: 'sha1' | 'sha256'): string =>
  createHash(algorithm).update(new X509Certificate(pem).raw).digest('hex').toUpperCase()

describe('a certificate', () => {
  it.each<[string, () => Settings]>([
    ['in a file', () => ({ CertificateDiskPath: fixture.pathname })],
    ['in a setting', () => ({ CertificatePrivateKey: pem })],
    ['in a setting of one line', () => ({ CertificatePrivateKey: pem.replaceAll('\n', String.raw`\n`) })],
    [
      'by its key and SHA-256',
      () => ({ CertificatePrivateKey: keyOf(pem), CertificateThumbprint: thumbprintOf('sha256') }),
    ],
    [
      'by its key and SHA-1, as the Bot Framework has it',
      () => ({
        CertificatePrivateKey: keyOf(pem),
        CertificateThumbprint: thumbprintOf('sha1').replaceAll(/(..)(?=.)/g, '$1:'),
      }),
    ],
  ])('%s proves who the bot is', async (_row, settings) => {
    const setup = await start(settings())
    setup.fake.entra.trustCertificate(pem)
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    expect(asked(setup, '/token')).toBe(1)
    setup.clock.step(3_600_000)
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    expect(asked(setup, '/token')).toBe(2)
    expect(await setup.adapter.check?.(neverAborted)).toMatchObject([{ ok: true }, clocks])
  })

  it('that ends soon is found by a check', async () => {
    const setup = await start({ CertificatePrivateKey: pem })
    setup.fake.entra.trustCertificate(pem)
    const end = new X509Certificate(pem).validToDate
    setup.clock.step(end.getTime() - setup.clock.now() - 29 * 24 * 3_600_000)
    const detail = expect.stringMatching(new RegExp(`ends on ${end.toISOString().slice(0, 10)}: renew it`))
    expect(await setup.adapter.check?.(neverAborted)).toMatchObject([{ ok: false, detail }, clocks])
  })

  it('that the registration does not have is refused, with what to do and no secret', async () => {
    const setup = await start({ CertificatePrivateKey: pem })
    const outcome = await send(setup)
    expect(outcome).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/AADSTS700027.*certificate/),
    })
    const check = await setup.adapter.check?.(neverAborted)
    expect(check).toMatchObject([{ ok: false, detail: expect.stringContaining('certificate') }, clocks])
    expect(JSON.stringify([outcome, check, setup.lines])).not.toMatch(/PRIVATE|eyJ/)
  })

  it('is read again for each token, since it may have been renewed', async () => {
    const path = join(folder, 'renewed.pem')
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const old = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await writeFile(path, old)
    const setup = await start({ CertificateDiskPath: path, CertificateThumbprint: '00'.repeat(32) })
    setup.fake.entra.trustCertificate(pem)
    expect(await send(setup)).toMatchObject({ outcome: 'retry' })
    await writeFile(path, pem)
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    await rm(path)
    setup.clock.step(3_600_000)
    expect(await send(setup)).toMatchObject({
      outcome: 'retry',
      reason: expect.stringContaining('CertificateDiskPath'),
    })
  })
})

describe('a federated credential', () => {
  it.each(['11111111-aaaa-4bbb-8ccc-000000000001', 'system'])(
    'for the managed identity %s is exchanged for a token of the app',
    async (identity) => {
      const setup = await startOnMachine({ MicrosoftAppClientId: identity })
      setup.fake.entra.trustIdentity(identity)
      const since = machine.server.requests.length
      expect(await send(setup)).toMatchObject({ outcome: 'sent' })
      setup.clock.step(3_600_000)
      expect(await send(setup)).toMatchObject({ outcome: 'sent' })
      expect([asked(setup, '/msi/token', since), asked(setup, '/token', since)]).toEqual([2, 2])
    },
  )

  it('that the registration does not have is refused, with what to do', async () => {
    const setup = await startOnMachine({ MicrosoftAppClientId: '11111111-aaaa-4bbb-8ccc-000000000002' })
    expect(await send(setup)).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/AADSTS700027.*federated credential/),
    })
  })

  it('waits while the machine gives no token, for a short while', async () => {
    const setup = await startOnMachine({ MicrosoftAppClientId: '11111111-aaaa-4bbb-8ccc-000000000003' })
    setup.fake.server.fail(
      { kind: 'answer', applied: false, answer: { status: 500, body: { error: 'secret words' } } },
      { match: ({ path }) => path === '/msi/token' },
    )
    const since = machine.server.requests.length
    const outcome = await send(setup)
    expect(outcome).toMatchObject({
      outcome: 'retry',
      reason: expect.stringContaining('assigned to this machine'),
    })
    expect(JSON.stringify([outcome, setup.lines])).not.toContain('secret words')
    expect(asked(setup, '/token', since)).toBe(0)
    setup.fake.entra.trustIdentity('11111111-aaaa-4bbb-8ccc-000000000003')
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
  })

  it('in a file is read for each token, as Kubernetes renews it', async () => {
    const path = join(folder, 'token')
    await writeFile(path, 'eyJ.first.token\n')
    const setup = await start({ SignedAssertionFileDiskPath: path })
    setup.fake.entra.trustAssertion('eyJ.first.token')
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    await writeFile(path, 'eyJ.second.token\n')
    setup.fake.entra.trustAssertion('eyJ.second.token')
    setup.clock.step(3_600_000)
    expect(await send(setup)).toMatchObject({ outcome: 'sent' })
    expect(setup.fake.server.requests.findLast(({ path: at }) => at === '/token')?.body).toContain('second')
  })
})

it('a bot that is a managed identity needs no exchange', async () => {
  const setup = await startOnMachine({ MicrosoftAppType: 'UserAssignedMSI' })
  const since = machine.server.requests.length
  expect(await send(setup)).toMatchObject({ outcome: 'sent' })
  expect(await send(setup)).toMatchObject({ outcome: 'sent' })
  expect([asked(setup, '/msi/token', since), asked(setup, '/token', since)]).toEqual([1, 0])
})

const keyPem = (type: 'ed25519' | 'rsa'): string => {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

describe('settings', () => {
  const app = { MicrosoftAppId: 'app', MicrosoftAppTenantId: 'tenant' }
  let problems: string[]
  beforeEach(() => {
    problems = []
  })
  const read = (settings: Settings): unknown =>
    readBotFrameworkConfig({ ...app, ...settings }, (name, remedy) => problems.push(`${name} ${remedy}`))

  it.each<[string, string, () => Settings]>([
    [
      'two proofs',
      'MicrosoftAppClientId must be empty',
      () => ({ MicrosoftAppPassword: 'p', MicrosoftAppClientId: 'i' }),
    ],
    [
      'a certificate beside a managed identity',
      'CertificatePrivateKey must be empty',
      () => ({ MicrosoftAppType: 'UserAssignedMSI', CertificatePrivateKey: pem }),
    ],
    [
      'a certificate twice',
      'CertificatePrivateKey must be empty',
      () => ({ CertificateDiskPath: fixture.pathname, CertificatePrivateKey: pem }),
    ],
    [
      'a file that is not there',
      'CertificateDiskPath names a file',
      () => ({ CertificateDiskPath: '/nowhere.pem' }),
    ],
    [
      'an assertion that is not there',
      'SignedAssertionFileDiskPath names a file',
      () => ({ SignedAssertionFileDiskPath: '/nowhere' }),
    ],
    [
      'no key',
      'CertificatePrivateKey has no private key',
      () => ({ CertificatePrivateKey: 'secret-nonsense' }),
    ],
    [
      'a thumbprint alone',
      'CertificatePrivateKey has no private key',
      () => ({ CertificateThumbprint: 'ab' }),
    ],
    [
      'a key alone',
      'CertificatePrivateKey has no certificate',
      () => ({ CertificatePrivateKey: keyPem('rsa'), CertificateThumbprint: 'abc' }),
    ],
    [
      'a key that Entra does not take',
      'CertificatePrivateKey must have an RSA key',
      () => ({ CertificatePrivateKey: keyPem('ed25519') }),
    ],
    [
      'another certificate’s key',
      'CertificatePrivateKey has a private key that is not',
      () => ({ CertificatePrivateKey: keyPem('rsa') + pem.slice(0, pem.indexOf('-----BEGIN PRIVATE')) }),
    ],
    [
      'a broken certificate',
      'CertificatePrivateKey has a certificate that cannot be read',
      () => ({
        CertificatePrivateKey: `${keyPem('rsa')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
      }),
    ],
  ])('with %s are refused', (_row, said, settings) => {
    expect(read(settings())).toBeUndefined()
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${said}`))
    expect(problems.join()).not.toMatch(/secret-nonsense|BEGIN/)
  })
})
