import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../../adapters/channex/api/error.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { toRefusal } from '../../../fakes/channex/api.ts'
import type { FakeAnswer } from '../../../fakes/server.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.channex.close())

const ask = (signal = neverAborted): Promise<unknown> =>
  setup.request({ method: 'GET', path: 'message_threads' }, signal)

const askAnswered = async (answer: FakeAnswer): Promise<unknown> => {
  setup.channex.server.fail({ applied: false, kind: 'answer', answer })
  return ask().catch((error: unknown) => error)
}

describe('an answer that is no success', () => {
  it.each<[number, string, Fault]>([
    [400, 'bad_request', 'invalid'],
    [401, 'unauthorized', 'unauthorized'],
    [403, 'forbidden', 'forbidden'],
    [404, 'not_found', 'not found'],
    [404, 'resource_not_found', 'not found'],
    [422, 'not_supported', 'not supported'],
    [422, 'validation_error', 'invalid'],
    [422, 'something_of_tomorrow', 'refused'],
    [429, 'http_too_many_requests', 'limited'],
    [500, 'internal_server_error', 'unknown'],
    [503, 'service_unavailable', 'unknown'],
  ])('%i %s means “%s”', async (status, code, fault) => {
    const error = await askAnswered(toRefusal(status, code, 'Its Own Words'))
    expect(error).toMatchObject({ code: fault, message: expect.stringContaining(`(${status} ${code})`) })
    expect(error).toMatchObject({ message: expect.stringContaining('Its Own Words') })
  })

  it.each([
    [{ message: ["can't be blank", 'is too short'] }, "message can't be blank, is too short"],
    [
      ['argument text is missing', 'argument id is missing'],
      'argument text is missing; argument id is missing',
    ],
    ['said at once', 'said at once'],
  ])('tells the details %j', async (details, told) => {
    const error = await askAnswered(toRefusal(422, 'validation_error', 'Validation Error', details))
    expect(error).toMatchObject({ message: expect.stringContaining(`Validation Error; ${told}`) })
  })

  it.each([null, [], {}, ['the site said no'], 'the site said no', { code: 7 }])(
    'is a refusal with errors %j',
    async (errors) => {
      const error = await askAnswered({ status: 422, body: { errors } })
      expect(error).toMatchObject({ code: 'refused' })
      expect(JSON.stringify(errors)?.includes('said no')).toBe(String(error).includes('said no'))
    },
  )

  it('names the remedy when the Messages application is not installed', async () => {
    setup.channex.installed.clear()
    await expect(ask()).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('install the Messages application'),
    })
  })

  it('names the setting when the key is wrong, and never the key', async () => {
    const error = await askAnswered(toRefusal(401, 'unauthorized', 'Unauthorized'))
    expect(String(error)).toContain('CHANNEX_API_KEY')
    expect(String(error)).not.toContain('channex-key-of-the-tests')
  })

  it.each([302, 403, 404, 422])('%i without Channex’s errors comes from something else', async (status) => {
    const answer = { status, headers: { location: '/elsewhere' }, body: '<html>Blocked</html>' }
    expect(await askAnswered(answer)).toMatchObject({
      code: 'not Channex',
      message: expect.stringContaining('CHANNEX_BASE_URL'),
    })
    expect(setup.channex.server.requests).toHaveLength(1)
  })
})

const inTenSeconds = (): string => String(Math.floor(setup.clock.now() / 1000) + 10)

describe('too many requests', () => {
  it.each<[string, () => Readonly<Record<string, string>>, number]>([
    ['Retry-After in seconds', () => ({ 'retry-after': '7' }), 7000],
    ['Retry-After as a date', () => ({ 'retry-after': 'Mon, 02 Nov 2026 17:20:15 GMT' }), 9750],
    ['RateLimit-Reset in seconds', () => ({ 'ratelimit-reset': '12' }), 12_000],
    ['X-RateLimit-Reset as a time', () => ({ 'x-ratelimit-reset': inTenSeconds() }), 9750],
    ['nonsense', () => ({ 'retry-after': 'soon' }), 75_000],
    ['nothing', () => ({}), 75_000],
    ['a day', () => ({ 'retry-after': '86400' }), 3_600_000],
  ])('wait as %s says', async (_, headers, afterMs) => {
    const refusal = { ...toRefusal(429, 'http_too_many_requests', 'Too Many Requests'), headers: headers() }
    expect(await askAnswered(refusal)).toMatchObject({ code: 'limited', afterMs })
  })
})

describe('a request without an answer', () => {
  it.each(['reset', 'hang', 'half'] as const)('after “%s” may have had its effect', async (kind) => {
    await setup.channex.close()
    setup = await createSetup({}, 900)
    setup.channex.server.fail({ applied: true, kind })
    await expect(ask()).rejects.toMatchObject({ code: 'unknown' })
  })

  it('had none when nobody listened', async () => {
    await setup.channex.server.pause()
    await expect(ask()).rejects.toMatchObject({ code: 'not sent' })
  })

  it('had none when it was told to stop before', async () => {
    await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ code: 'not sent' })
    expect(setup.channex.server.requests).toHaveLength(0)
  })
})
