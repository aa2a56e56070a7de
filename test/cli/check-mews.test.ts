import { describe, expect, onTestFinished, test } from 'vitest'
import { checkMews } from '../../src/cli/commands/check-mews.ts'
import type { Mews } from '../../src/mews/client.ts'
import { createManualClock, neverAborted } from '../fakes/clock.ts'
import { openProperty, type TestProperty } from '../mews/property.ts'

test('a Mews that does not answer in time is said not to answer, whatever the abort is called inside', async () => {
  const silent = {
    readConfiguration: async (signal: AbortSignal) => {
      signal.throwIfAborted()
    },
  } as unknown as Mews
  const property = { name: 'Grand Hotel', enterpriseId: undefined }
  const { check, findings } = await checkMews(property, silent, AbortSignal.abort())
  expect(findings).toEqual([
    {
      name: 'Mews tokens (Grand Hotel)',
      ok: false,
      detail: 'Mews does not answer: check MEWS_PLATFORM_ADDRESS and the network',
    },
  ])
  expect(check).toEqual({
    property: 'Grand Hotel',
    reachable: false,
    enterprise: null,
    clockSkewSeconds: null,
    missing: [],
  })
})

const clock = createManualClock()

/** What is found of a property at the fake Mews; `enterpriseId`: as the settings have it. */
const look = ({ mews, fake }: TestProperty, enterpriseId = fake.properties[0]?.enterpriseId) =>
  checkMews({ name: 'Grand', enterpriseId }, mews, neverAborted)

const open = async (options: Parameters<typeof openProperty>[0] = {}): Promise<TestProperty> => {
  const property = await openProperty({ ...options, clock })
  onTestFinished(() => property.fake.close())
  return property
}

/** Statuses of what was asked, as Mews would count them against a certification. */
const refusals = async (property: TestProperty): Promise<readonly number[]> => {
  const { fake } = property
  const statuses: number[] = []
  for (const { path, body } of fake.requests.slice()) {
    const answer = await fetch(`${fake.url}${path}`, { method: 'POST', body })
    statuses.push(answer.status)
  }
  return statuses.filter((status) => status !== 200)
}

describe.each(['left out', 'refused', 'refused everywhere'] as const)(
  'where Mews has foreign threads %s',
  (foreignThreads) => {
    test('nothing is asked that Mews refuses, whether there is a thread or not', async () => {
      const property = await open({ switches: { foreignThreads } })
      const empty = await look(property)
      expect(empty.findings.map(({ ok }) => ok)).toEqual([true, true, true])
      expect(empty.findings.at(-1)?.detail).toContain('before there is one')
      await property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)
      const full = await look(property)
      expect(full.findings.at(-1)).toEqual({ name: 'Mews messages (Grand)', ok: true, detail: 'may be read' })
      expect(full.check.missing).toEqual([])
      expect(await refusals(property)).toEqual([])
    })
  },
)

test('a thread that Mews refuses to read is no missing permission', async () => {
  const property = await open()
  const { id } = await property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)
  property.fake.refuseReads(id)
  const { check, findings } = await look(property)
  expect(check.missing).toEqual([])
  expect(findings.at(-1)).toMatchObject({
    ok: true,
    detail: expect.stringContaining('one thread is refused'),
  })
})

test.each(['messageThreads/getAll', 'messages/getAll'] as const)(
  'that the token may not call %s is named, and who is reached',
  async (operation) => {
    const property = await open()
    await property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)
    const body = { Message: 'Missing permission.' }
    property.fake.fail({ applied: false, kind: 'answer', answer: { status: 401, body } }, { operation })
    const { check, findings } = await look(property)
    expect(check).toMatchObject({ reachable: true, clockSkewSeconds: 0, missing: [operation] })
    expect(check.enterprise).toContain('Grand Hotel, ')
    expect(findings.map(({ ok }) => ok)).toEqual([true, true, false])
  },
)

test.each([undefined, 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611'])(
  'a portfolio’s access token is refused with the reason, whatever the settings say (%s)',
  async (enterpriseId) => {
    const portfolio = {
      accessToken: 'portfolio',
      enterpriseId: 'a0000000-0000-4000-8000-000000000001',
      name: 'Grand Hotels',
      isPortfolio: true,
    }
    const { findings } = await look(await open({ properties: [portfolio] }), enterpriseId)
    expect(findings[0]).toMatchObject({ name: 'Mews tokens (Grand)', ok: false })
    expect(findings[0]?.detail).toContain('belongs to the portfolio Grand Hotels')
    expect(findings[0]?.detail).toContain('the property’s own access token')
  },
)

test('where alarms are tasks, it is said whether tasks may be listed', async () => {
  const { mews, fake } = await open()
  const enterpriseId = fake.properties[0]?.enterpriseId
  const lookForTasks = () =>
    checkMews({ name: 'Grand', enterpriseId }, mews, neverAborted, { needsTasks: true })
  expect((await lookForTasks()).findings.at(-1)).toMatchObject({ name: 'Mews tasks (Grand)', ok: true })
  fake.fail(
    { kind: 'answer', applied: false, answer: { status: 401, body: '' } },
    { operation: 'tasks/getAll' },
  )
  const { check, findings } = await lookForTasks()
  expect(check).toMatchObject({ reachable: true, missing: ['tasks/getAll'] })
  expect(findings.at(-1)).toMatchObject({ name: 'Mews tasks (Grand)', ok: false })
})

test('where stays are looked up, it is said whether Mews permits that, and nobody is found by it', async () => {
  const { mews, fake } = await open()
  const enterpriseId = fake.properties[0]?.enterpriseId
  const lookBy = (stay: 'number' | 'email') =>
    checkMews({ name: 'Grand', enterpriseId }, mews, neverAborted, { stay })
  expect((await lookBy('email')).findings.at(-1)).toEqual({
    name: 'Mews stays (Grand)',
    ok: true,
    detail: 'may be looked up by email',
  })
  for (const operation of ['customers/getAll', 'resources/getAll'] as const) {
    fake.fail({ kind: 'answer', applied: false, answer: { status: 401, body: '' } }, { operation })
    const { check, findings } = await lookBy('email')
    expect(check).toMatchObject({ reachable: true, missing: [operation] })
    expect(findings.at(-1)).toMatchObject({ name: 'Mews stays (Grand)', ok: false })
    expect(findings.at(-1)?.detail).toContain(operation)
  }
  const before = fake.requests.length
  await lookBy('number')
  expect(fake.requests.slice(before).some(({ path }) => path.includes('customers'))).toBe(false)
})
