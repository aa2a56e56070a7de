import { describe, expect, it } from 'vitest'
import { ConfigError, formatProblems } from '../../src/config/problems.ts'
import { complete, problemsOf, read } from './source.ts'

/** What is said of these names beside a complete configuration. */
const hintsFor = (
  environment: Readonly<Record<string, string>>,
  file?: string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    read({ ...complete, ...environment }, file).misspellings.map(({ name, meant }) => [
      name,
      meant.join(', '),
    ]),
  )

describe('a name that is near a setting', () => {
  it.each([
    ['MEWS_ACCES_TOKEN', 'MEWS_ACCESS_TOKEN'],
    ['MEWS_ACCESS_TOKENS', 'MEWS_ACCESS_TOKEN'],
    ['MEWS_ACESS_TOEKN', 'MEWS_ACCESS_TOKEN'],
    ['mews_access_token', 'MEWS_ACCESS_TOKEN'],
    ['MEWS-ACCESS-TOKEN', 'MEWS_ACCESS_TOKEN'],
    ['MEWS_TIMEOUT', 'MEWS_TIMEOUT_SECONDS'],
    ['THREAD_IDLE', 'THREAD_IDLE_DAYS'],
    ['SLACK_TOKEN', 'SLACK_BOT_TOKEN, SLACK_APP_TOKEN'],
    ['SLACK_SIGNIN_SECRET', 'SLACK_SIGNING_SECRET'],
    ['MICROSOFT_APP_ID', 'MicrosoftAppId'],
    ['MicrosoftAppTennantId', 'MicrosoftAppTenantId'],
    ['CHANNEX_APIKEY', 'CHANNEX_API_KEY'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['KEYV_URI', 'KEYV_URL'],
    ['RETENTION_DAY', 'RETENTION_DAYS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PUBLICURL', 'PUBLIC_URL'],
    ['CONFIGFILE', 'CONFIG_FILE'],
  ])('%s: did you mean %s?', (name, meant) => {
    expect(hintsFor({ [name]: 'x' })).toEqual({ [name]: meant })
  })

  it.each(['MEWS_COLOUR', 'SLACK_WEBHOOK_URL', 'CHANNEX_HOTEL_ROOMS', 'BOT_PICTURE'])(
    '%s begins like ours, and is told of without another name',
    (name) => {
      expect(hintsFor({ [name]: 'x' })).toEqual({ [name]: '' })
    },
  )
})

/** What shells, npm, hosts and other programs set. */
const ofOthers = `
  PATH HOME HOSTNAME HOSTS LOGNAME PORTS LANG NODE_ENV NODE_OPTIONS INIT_CWD npm_config_loglevel npm_package_json
  POSTGRES_PASSWORD PGHOST REDIS_URL DATABASE_PRIVATE_URL DATABASE_PUBLIC_URL DATABASE_HOST DATABASE_USER KEYV_NAMESPACE
  CLIENT_ID CLIENT_SECRET ACCESS_TOKEN APP_ID HTTP_PORT REPORT SUPPORT GHOST AZURE_CLIENT_ID AZURE_FEDERATED_TOKEN_FILE
  WEBSITE_HOSTNAME MICROSOFT_PROVIDER_AUTHENTICATION_SECRET`

/** What Kubernetes tells each pod of a service that is named `mews-chat`, and Docker of a link. */
const ofContainers = `
  MEWS_CHAT_SERVICE_HOST MEWS_CHAT_SERVICE_PORT MEWS_CHAT_SERVICE_PORT_HTTP MEWS_CHAT_PORT MEWS_CHAT_PORT_3978_TCP
  MEWS_CHAT_PORT_3978_TCP_ADDR MEWS_CHAT_PORT_3978_TCP_PROTO`

describe('no hint', () => {
  it.each(`${ofOthers} ${ofContainers}`.trim().split(/\s+/))('for %s', (name) => {
    expect(hintsFor({ [name]: 'x' })).toEqual({})
  })

  it('for a name without a value', () => {
    expect(hintsFor({ MEWS_ACCES_TOKEN: '', SLACK_BOT_TOKNE: ' ' })).toEqual({})
  })

  it('for a name that CONFIG_FILE takes from the environment', () => {
    const environment = { MEWS_ACCESS_TOKEN_2: 'x', MEWS_HOTEL: 'y', MEWS_OTHER: 'z' }
    expect(
      hintsFor(environment, 'settings: { MEWS_CLIENT: "${MEWS_HOTEL} ${MEWS_ACCESS_TOKEN_2}" }'),
    ).toEqual({
      MEWS_OTHER: '',
    })
  })
})

describe('people read the hint', () => {
  const { MEWS_ACCESS_TOKEN, ...incomplete } = complete

  it('beside what is missing', () => {
    const environment = { ...incomplete, MEWS_ACCES_TOKEN: MEWS_ACCESS_TOKEN }
    const error = (() => {
      try {
        return read(environment)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(ConfigError)
    const lines = formatProblems(error as ConfigError).split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^MEWS_ACCESS_TOKEN must be set/),
      'MEWS_ACCES_TOKEN is no setting and is ignored: did you mean MEWS_ACCESS_TOKEN?',
    ])
    expect(lines.join()).not.toContain(MEWS_ACCESS_TOKEN)
  })

  it('where nothing is set but misspelt names, so that the sandbox runs', () => {
    const config = read({ SLACK_BOT_TOKNE: 'xoxb-1' })
    expect(config.sandbox).toBe(true)
    expect(config.misspellings).toEqual([{ name: 'SLACK_BOT_TOKNE', meant: ['SLACK_BOT_TOKEN'] }])
  })

  it('in the error about a setting of the file', () => {
    expect(problemsOf(complete, 'settings: { MEWS_CLEINT: Grand Hotel }')).toEqual([
      {
        setting: 'CONFIG_FILE (settings.MEWS_CLEINT)',
        remedy: 'must be removed: no such setting is known; perhaps MEWS_CLIENT is meant',
      },
    ])
  })
})
