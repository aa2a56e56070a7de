import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { settingNames } from '../../src/config/names.ts'
import { ConfigError, formatProblems } from '../../src/config/problems.ts'
import { complete, platforms, problemsOf, read, wrongSettings } from './source.ts'

const minute = 60_000
const day = 24 * 60 * minute

describe('defaults', () => {
  it('needs no more than one property’s and one platform’s credentials', () => {
    expect(read(complete)).toEqual({
      sandbox: false,
      logLevel: 'info',
      http: {
        port: 3978,
        host: '0.0.0.0',
        publicUrl: undefined,
        stopDelayMs: 0,
        adminToken: undefined,
        metricsToken: undefined,
      },
      store: {
        dialect: 'sqlite',
        databaseUrl: 'sqlite:data/connector.db',
        keyvUrl: undefined,
        encryptionKey: undefined,
        retentionMs: undefined,
      },
      mews: {
        platformAddress: 'https://api.mews.com',
        clientToken: 'client-1',
        client: 'MewsChatConnector 1.2.3',
        webhookTokens: ['hook-1-of-the-tests'],
        requestsPer30s: 180,
        timeoutMs: 30_000,
      },
      relay: {
        idleMs: 30 * day,
        giveUpMs: day,
        retryMs: 1000,
        confirmMs: 10_000,
        syncMs: 2 * minute,
      },
      alarms: {
        minutes: undefined,
        url: undefined,
        secrets: undefined,
        isTask: false,
        isOpenTimeOnly: false,
      },
      properties: [
        {
          key: 'property',
          name: 'property',
          accessToken: 'access-1',
          enterpriseId: undefined,
          routes: [],
          stay: 'off',
        },
      ],
      platforms: { slack: { token: 'xoxb-1' } },
      texts: {},
      settings: complete,
      misspellings: [],
    })
  })

  it('takes a setting without a value, or of blanks, for one that is not set', () => {
    expect(read({ ...complete, PORT: '', HOST: '  ', MEWS_CLIENT: undefined }).http.port).toBe(3978)
  })

  it('ignores variables that are no settings', () => {
    expect(read({ ...complete, PATH: '/bin', MEWS_COLOUR: 'red' }).settings).toEqual(complete)
  })

  it('cannot be changed, at any depth', () => {
    const config = read({ ...complete, ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') })
    expect(Object.isFrozen(config.relay)).toBe(true)
    expect(Object.isFrozen(config.properties[0])).toBe(true)
    expect(Object.isFrozen(config.platforms['slack'])).toBe(true)
  })
})

describe('values', () => {
  it('reads every setting of the core', () => {
    const config = read({
      ...complete,
      STOP_DELAY_SECONDS: '3',
      PORT: '0',
      HOST: '::',
      PUBLIC_URL: 'https://chat.example.com/',
      LANGUAGE: 'pt-BR',
      LOG_LEVEL: 'debug',
      ADMIN_TOKEN: 'admin-1-of-the-tests',
      METRICS_TOKEN: 'metrics-1-of-the-tests',
      DATABASE_URL: 'postgres://user:word@db.example.com/connector',
      KEYV_URL: 'redis://127.0.0.1:6379',
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      RETENTION_DAYS: '90',
      MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:4000/',
      MEWS_CLIENT: 'Grand Hotel',
      MEWS_ENTERPRISE_ID: 'enterprise-1',
      MEWS_WEBHOOK_TOKEN: 'old-hook-of-the-tests, new-hook-of-the-tests',
      MEWS_REQUESTS_PER_30S: '200',
      MEWS_TIMEOUT_SECONDS: '0.5',
      MEWS_SYNC_SECONDS: '5',
      MEWS_CONFIRM_SECONDS: '0',
      THREAD_IDLE_DAYS: '7',
      DELIVERY_GIVE_UP_HOURS: '48',
      DELIVERY_RETRY_SECONDS: '0.25',
    })
    expect(config).toMatchObject({
      logLevel: 'debug',
      language: 'pt-BR',
      http: {
        port: 0,
        host: '::',
        publicUrl: 'https://chat.example.com',
        stopDelayMs: 3_000,
        adminToken: 'admin-1-of-the-tests',
        metricsToken: 'metrics-1-of-the-tests',
      },
      store: { dialect: 'postgres', keyvUrl: 'redis://127.0.0.1:6379', retentionMs: 90 * day },
      mews: {
        platformAddress: 'http://127.0.0.1:4000',
        client: 'Grand Hotel',
        webhookTokens: ['old-hook-of-the-tests', 'new-hook-of-the-tests'],
        requestsPer30s: 200,
        timeoutMs: 500,
      },
      relay: { idleMs: 7 * day, giveUpMs: 2 * day, retryMs: 250, confirmMs: 0, syncMs: 5000 },
    })
    expect(config.store.encryptionKey).toEqual(Buffer.alloc(32, 7))
    expect(config.properties[0]?.enterpriseId).toBe('enterprise-1')
  })

  it.each([
    ['en_US:en', 'en-US'],
    ['de_AT.UTF-8:de', 'de-AT'],
    ['ca_ES@valencia', 'ca-ES'],
    ['xx_YY:sr@latin:en', 'sr'],
    ['C:fr', 'fr'],
    ['::pt_BR', 'pt-BR'],
    ['zh-Hant', 'zh-Hant'],
    ['C', undefined],
    ['POSIX', undefined],
    ['C.UTF-8', undefined],
    [':', undefined],
    ['xx_YY:zz', undefined],
  ])('takes LANGUAGE=%s, as a desktop sets it for gettext, for %s', (given, language) => {
    expect(read({ ...complete, LANGUAGE: given }).language).toBe(language)
  })

  it.each([
    ['en_US:en', 'pt-BR'],
    ['C', 'pt-BR'],
    ['xx_YY:zz', 'pt-BR'],
    ['en', 'en'],
  ])('with LANGUAGE=%s in the environment and pt-BR in CONFIG_FILE speaks %s', (given, language) => {
    const config = read({ ...complete, LANGUAGE: given }, 'settings: { LANGUAGE: pt-BR }')
    expect(config.language).toBe(language)
  })

  it.each(['xx_YY:zz', 'deutsch'])('refuses LANGUAGE: %s in CONFIG_FILE', (given) => {
    expect(
      wrongSettings({ ...complete, LANGUAGE: 'en_US:en' }, `settings: { LANGUAGE: '${given}' }`),
    ).toEqual(['LANGUAGE'])
  })

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3978.5'],
    ['PORT', '0x10'],
    ['HOST', 'http://0.0.0.0'],
    ['PUBLIC_URL', 'http://chat.example.com'],
    ['PUBLIC_URL', 'chat.example.com'],
    ['LANGUAGE', 'deutsch!'],
    ['LANGUAGE', 'xx'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'sqlite://data/connector.db'],
    ['DATABASE_URL', 'sqlite:'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'mysql://db'],
    ['DATABASE_URL', 'postgres://'],
    ['DATABASE_URL', 'postgres://db/connector?sslmode=allow'],
    ['DATABASE_URL', 'postgres://db/connector?sslmode=verify-ca'],
    ['KEYV_URL', 'redis'],
    ['KEYV_URL', 'redis://127.0.0.1/name'],
    ['ENCRYPTION_KEY', 'c2hvcnQ='],
    ['ENCRYPTION_KEY', 'x'.repeat(64)],
    ['RETENTION_DAYS', '0'],
    ['MEWS_PLATFORM_ADDRESS', 'http://api.mews.com'],
    ['MEWS_PLATFORM_ADDRESS', 'https://user:word@api.mews.com'],
    ['ADMIN_TOKEN', 'fifteen-letters'],
    ['METRICS_TOKEN', 'fifteen-letters'],
    ['MEWS_WEBHOOK_TOKEN', 'fifteen-letters'],
    ['MEWS_WEBHOOK_TOKEN', 'sixteen-letters-,fifteen-letters'],
    ['MEWS_WEBHOOK_TOKEN', 'sixteen-letters-1,sixteen-letters-2,sixteen-letters-3'],
    ['MEWS_WEBHOOK_TOKEN', 'sixteen-letters-,'],
    ['MEWS_REQUESTS_PER_30S', '0'],
    ['MEWS_REQUESTS_PER_30S', '201'],
    ['MEWS_TIMEOUT_SECONDS', '0'],
    ['MEWS_SYNC_SECONDS', '2m'],
    ['MEWS_CONFIRM_SECONDS', '301'],
    ['THREAD_IDLE_DAYS', 'never'],
    ['DELIVERY_GIVE_UP_HOURS', '-24'],
    ['DELIVERY_RETRY_SECONDS', '0'],
  ])('refuses %s=%s, naming the setting', (name, value) => {
    const problems = problemsOf({ ...complete, [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.setting).toBe(name)
    expect(problems[0]?.remedy).toMatch(/^must /)
  })

  it('explains why sqlite:// is refused', () => {
    const [problem] = problemsOf({ ...complete, DATABASE_URL: 'sqlite://data/connector.db' })
    expect(problem?.remedy).toContain('no slashes')
  })
})

describe('what is missing', () => {
  it('names everything at once', () => {
    expect(wrongSettings({ MEWS_CLIENT: 'Grand Hotel', PORT: 'http' })).toEqual([
      'PORT',
      'MEWS_CLIENT_TOKEN',
      'MEWS_WEBHOOK_TOKEN',
      'MEWS_ACCESS_TOKEN',
      'SLACK_BOT_TOKEN or MicrosoftAppId or CHANNEX_API_KEY',
    ])
  })

  it('says only what is wrong with a platform that is half configured', () => {
    expect(wrongSettings({ ...complete, SLACK_SIGNING_SECRET: '' })).toEqual(['SLACK_SIGNING_SECRET'])
  })

  it('is printed as one line for each problem, without any value', () => {
    const environment = {
      ...complete,
      MEWS_WEBHOOK_TOKEN: 'secret-1,,',
      PORT: 'secret-2',
      ENCRYPTION_KEY: 'secret-3',
      DATABASE_URL: 'mysql://user:secret-4@db',
    }
    const text = formatProblems(new ConfigError(problemsOf(environment)))
    expect(text.split('\n')).toHaveLength(4)
    expect(text).toContain('PORT must be a whole number from 0 to 65535.')
    expect(text).not.toContain('secret-')
  })
})

describe('sandbox and anonymous modes', () => {
  it('runs the sandbox on loopback when nothing is configured', () => {
    const config = read({ PORT: '4000', LOG_LEVEL: 'warn', DATABASE_URL: 'sqlite:data/try.db' })
    expect(config).toMatchObject({ sandbox: true, http: { port: 4000, host: '127.0.0.1' } })
    expect(config.properties).toEqual([])
    expect(config.platforms).toEqual({})
  })

  it.each([
    'MEWS_SYNC_SECONDS',
    'SLACK_API_URL',
    'MicrosoftAppType',
    'BOT_ALLOWED_TENANTS',
    'CHANNEX_BASE_URL',
  ])('does not run the sandbox once %s is set', (name) => {
    expect(wrongSettings({ [name]: '5' })).toContain('MEWS_CLIENT_TOKEN')
  })

  it.each(['0.0.0.0', '::', '10.0.0.5', 'hotel.example.com'])('refuses to run the sandbox on %s', (host) => {
    expect(wrongSettings({ HOST: host })).toEqual(['HOST'])
  })

  it('runs an anonymous bot on loopback and nowhere else', () => {
    const anonymous = { ...complete, BOT_ALLOW_ANONYMOUS: 'true' }
    expect(read(anonymous).http.host).toBe('127.0.0.1')
    expect(read({ ...anonymous, HOST: '127.0.0.1' }).http.host).toBe('127.0.0.1')
    expect(wrongSettings({ ...anonymous, HOST: '0.0.0.0' })).toEqual(['HOST'])
    expect(read({ ...anonymous, MicrosoftAppId: 'app-1' }).http.host).toBe('0.0.0.0')
  })
})

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')

  it('lists every setting once, with a comment', () => {
    const listed = Array.from(example.matchAll(/^# .+\n#(\w+)=/gm), ([, name]) => name ?? '')
    expect(listed.toSorted()).toEqual([...settingNames(platforms)].toSorted())
  })

  it('shows the defaults', () => {
    const lines = Array.from(example.matchAll(/^#(\w+)=(.+)$/gm), ([, name, value]) => [name, value] as const)
    const shown = Object.fromEntries(
      lines.filter(([name]) => name !== 'CONFIG_FILE' && name !== 'PUBLIC_URL'),
    )
    expect({ ...read({ ...complete, ...shown }), settings: complete }).toEqual(read(complete))
  })
})
