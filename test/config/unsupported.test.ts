import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config/problems.ts'
import { readConfig } from '../../src/config/read.ts'
import { refuseUnsupported } from '../../src/config/unsupported.ts'
import type { Settings } from '../../src/port.ts'

const platform = { name: 'p', routeName: 'p', routeKeys: [], switchedOnBy: 'P', read: () => ({}) }

const read = (environment: Settings) =>
  readConfig({
    environment: {
      MEWS_CLIENT_TOKEN: 'c',
      MEWS_ACCESS_TOKEN: 'a',
      MEWS_WEBHOOK_TOKEN: 'w'.repeat(32),
      ...environment,
    },
    readFile: () => '',
    platforms: [platform],
    version: '0',
  })

test.each([])('%s is refused while it does nothing', (setting, value) => {
  expect(() => refuseUnsupported(read({ [setting]: value }))).toThrow(ConfigError)
  expect(() => refuseUnsupported(read({ [setting]: value }))).toThrow(setting)
})

test('what works is not refused', () => {
  expect(() => refuseUnsupported(read({ DATABASE_URL: 'sqlite:data/connector.db' }))).not.toThrow()
})
