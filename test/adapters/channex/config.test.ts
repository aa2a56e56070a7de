import { describe, expect, it } from 'vitest'
import { readChannexConfig } from '../../../adapters/channex/config.ts'
import { createReader, expectProblem } from '../read-config.ts'

const sound = { CHANNEX_API_KEY: 'uUdMzXqT4', CHANNEX_WEBHOOK_SECRET: 'c2f1a8e0b7d94c3f' }

const read = createReader(readChannexConfig)

describe('readChannexConfig', () => {
  it.each([{}, { CHANNEX_API_KEY: '', CHANNEX_WEBHOOK_SECRET: ' ' }, { CHANNEX_SYNC_SECONDS: 'often' }])(
    'leaves Channex off without complaint for %j',
    (settings) => {
      expect(read(settings)).toEqual({ config: undefined, problems: [] })
    },
  )

  it('needs no more than key and secret', () => {
    expect(read(sound)).toEqual({
      config: {
        apiKey: 'uUdMzXqT4',
        webhookSecrets: ['c2f1a8e0b7d94c3f'],
        baseUrl: 'https://app.channex.io/api/v1',
        isLimited: true,
        syncMs: 120_000,
        propertyId: undefined,
        publicUrl: undefined,
        closesResolved: false,
        maxLength: 1000,
      },
      problems: [],
    })
  })

  it('takes everything that can be set', () => {
    const { config } = read({
      ...sound,
      CHANNEX_WEBHOOK_SECRET: 'old-secret-of-ours, new-secret-of-ours',
      CHANNEX_BASE_URL: 'https://staging.channex.io/api/v1/',
      CHANNEX_SYNC_SECONDS: '2.5',
      CHANNEX_PROPERTY_ID: '680585d7-af7f-4880-8e91-25fca1508b55',
      CHANNEX_MAX_LENGTH: '5000',
      CHANNEX_CLOSE_RESOLVED: 'on',
      PUBLIC_URL: 'https://chat.example.com/',
    })
    expect(config).toMatchObject({
      webhookSecrets: ['old-secret-of-ours', 'new-secret-of-ours'],
      baseUrl: 'https://staging.channex.io/api/v1',
      syncMs: 2500,
      propertyId: '680585d7-af7f-4880-8e91-25fca1508b55',
      maxLength: 5000,
      closesResolved: true,
      publicUrl: 'https://chat.example.com',
    })
  })

  it.each([
    ['CHANNEX_API_KEY', { CHANNEX_WEBHOOK_SECRET: sound.CHANNEX_WEBHOOK_SECRET }],
    ['CHANNEX_API_KEY', { ...sound, CHANNEX_API_KEY: 'two words' }],
    ['CHANNEX_WEBHOOK_SECRET', { CHANNEX_API_KEY: sound.CHANNEX_API_KEY }],
    ['CHANNEX_WEBHOOK_SECRET', { ...sound, CHANNEX_WEBHOOK_SECRET: 'short' }],
    ['CHANNEX_WEBHOOK_SECRET', { ...sound, CHANNEX_WEBHOOK_SECRET: 'one-secret-of-ours,' }],
    ['CHANNEX_WEBHOOK_SECRET', { ...sound, CHANNEX_WEBHOOK_SECRET: `${'x'.repeat(16)},`.repeat(3) }],
    ['CHANNEX_BASE_URL', { ...sound, CHANNEX_BASE_URL: 'http://app.channex.io/api/v1' }],
    ['CHANNEX_BASE_URL', { ...sound, CHANNEX_BASE_URL: 'https://user:pass@app.channex.io' }],
    ['CHANNEX_SYNC_SECONDS', { ...sound, CHANNEX_SYNC_SECONDS: '0' }],
    ['CHANNEX_SYNC_SECONDS', { ...sound, CHANNEX_SYNC_SECONDS: 'often' }],
    ['CHANNEX_SYNC_SECONDS', { ...sound, CHANNEX_SYNC_SECONDS: '1' }],
    ['CHANNEX_PROPERTY_ID', { ...sound, CHANNEX_PROPERTY_ID: 'Grand Hotel' }],
    ['CHANNEX_MAX_LENGTH', { ...sound, CHANNEX_MAX_LENGTH: '20' }],
    ['CHANNEX_CLOSE_RESOLVED', { ...sound, CHANNEX_CLOSE_RESOLVED: 'perhaps' }],
  ])('reports %s, without its value, for %j', (setting, settings) => {
    expectProblem(read(settings), setting, /two words|secret-of-ours|pass@|uUdMzXqT4/)
  })

  it('says why looking as often is refused, and allows it of a stand-in on this computer', () => {
    expect(read({ ...sound, CHANNEX_SYNC_SECONDS: '1.9' }).problems[0]).toContain('3,600 requests an hour')
    expect(read({ ...sound, CHANNEX_SYNC_SECONDS: '2' }).problems).toEqual([])
    const standIn = { CHANNEX_BASE_URL: 'http://127.0.0.1:3979/api/v1', CHANNEX_SYNC_SECONDS: '0.1' }
    expect(read({ ...sound, ...standIn }).config).toMatchObject({ isLimited: false, syncMs: 100 })
  })

  it('reports what is missing beside a property', () => {
    expect(read({ CHANNEX_PROPERTY_ID: 'p-1' }).problems).toHaveLength(2)
  })
})
