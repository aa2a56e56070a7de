import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config/problems.ts'
import { readConfig } from '../../src/config/read.ts'
import { platforms } from '../../src/platforms.ts'

const secrets = {
  ADMIN_TOKEN: 'sixteen-letters!',
  METRICS_TOKEN: 'sixteen-letters!',
  MEWS_WEBHOOK_TOKEN: 'sixteen-letters!',
  CHANNEX_WEBHOOK_SECRET: 'sixteen-letters!',
  SLACK_STATE_SECRET: 'sixteen-letters!',
}

const settings = {
  ...secrets,
  CHANNEX_API_KEY: 'key',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
  MEWS_ACCESS_TOKEN: 'access',
  MEWS_CLIENT_TOKEN: 'client',
  PUBLIC_URL: 'https://chat.hotel.example',
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
}

const problemsOf = (environment: Readonly<Record<string, string>>): readonly unknown[] => {
  try {
    readConfig({ environment, readFile: () => '', platforms, version: '1.2.3' })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('secrets of sixteen characters open what they are for', () => {
  expect(problemsOf(settings)).toEqual([])
})

test.each(Object.keys(secrets))('a shorter %s is refused in the same words as every other', (setting) => {
  expect(problemsOf({ ...settings, [setting]: 'fifteen-letters' })).toEqual([
    { setting, remedy: 'must have 16 characters or more; openssl rand -hex 32 makes one' },
  ])
})

test.each(['MEWS_WEBHOOK_TOKEN', 'CHANNEX_WEBHOOK_SECRET'])(
  'both of two in %s must be as long',
  (setting) => {
    expect(problemsOf({ ...settings, [setting]: 'sixteen-letters!, sixteen-letters?' })).toEqual([])
    expect(problemsOf({ ...settings, [setting]: 'sixteen-letters!, short' })).toMatchObject([{ setting }])
  },
)
