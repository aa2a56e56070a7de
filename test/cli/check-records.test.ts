import { expect, test } from 'vitest'
import { checkRecords } from '../../src/cli/commands/check-records.ts'
import type { Config } from '../../src/config/config.ts'
import type { OpenStore } from '../../src/store/open-store.ts'

const config = { store: { keyvUrl: 'redis://:secret@cache.example.com:6379' } } as unknown as Config

/** A backend that answers, and says this of itself. */
const saying = (info: string | undefined | Error): OpenStore =>
  ({
    keyv: () => ({ get: async () => undefined }),
    keyvInfo: async () => {
      if (info instanceof Error) throw info
      return info
    },
  }) as unknown as OpenStore

const redis = (fields: Readonly<Record<string, string>>): string =>
  `# Memory\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`

test.each([
  [
    'keeps everything',
    { maxmemory: '0', maxmemory_policy: 'allkeys-lru', aof_enabled: '1' },
    true,
    /reached$/,
  ],
  [
    'takes only what expires',
    { maxmemory: '9', maxmemory_policy: 'volatile-lru', aof_enabled: '1' },
    true,
    /reached$/,
  ],
  [
    'throws away',
    { maxmemory: '9', maxmemory_policy: 'allkeys-lfu', aof_enabled: '1' },
    false,
    /allkeys-lfu.*noeviction/,
  ],
  [
    'forgets',
    { maxmemory: '9', maxmemory_policy: 'noeviction', aof_enabled: '0' },
    true,
    /without appendonly yes/,
  ],
])('a Redis that %s is told of', async (_, fields, ok, detail) => {
  const [finding] = await checkRecords(saying(redis(fields)), config)
  expect(finding).toEqual({ name: 'Records (KEYV_URL)', ok, detail: expect.stringMatching(detail) })
  expect(finding?.detail).not.toContain('secret')
})

test('a backend that does not say is taken as it is', async () => {
  for (const info of [undefined, new Error('NOPERM')])
    expect(await checkRecords(saying(info), config)).toEqual([
      { name: 'Records (KEYV_URL)', ok: true, detail: 'redis, reached' },
    ])
})
