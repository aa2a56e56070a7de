import { describe, expect, it } from 'vitest'
import { readSlackConfig } from '../../../adapters/slack/config.ts'
import { createReader, expectProblem } from '../read-config.ts'

const sound = { SLACK_SIGNING_SECRET: '5f1d0c7a9e3b42d6', SLACK_BOT_TOKEN: 'xoxb-1-2-abc' }

const read = createReader(readSlackConfig)

describe('readSlackConfig', () => {
  it.each([{}, { SLACK_SIGNING_SECRET: '', SLACK_BOT_TOKEN: ' ' }, { SLACK_API_URL: 'nonsense' }])(
    'leaves Slack off without complaint for %j',
    (settings) => {
      expect(read(settings)).toEqual({ config: undefined, problems: [] })
    },
  )

  it("reads one workspace, at Slack's own address", () => {
    expect(read(sound)).toEqual({
      config: {
        signingSecrets: ['5f1d0c7a9e3b42d6'],
        botToken: 'xoxb-1-2-abc',
        apiUrl: 'https://slack.com/api/',
        receipts: true,
        openChannels: [],
      },
      problems: [],
    })
  })

  it('takes two secrets while one is rotated', () => {
    const { config } = read({ ...sound, SLACK_SIGNING_SECRET: 'old-secret-1, new-secret-2' })
    expect(config?.signingSecrets).toEqual(['old-secret-1', 'new-secret-2'])
  })

  it('reads how patiently the outcome of a post is looked up', () => {
    const { config } = read({ ...sound, SLACK_CONFIRM_SECONDS: '0.5', SLACK_HISTORY_SECONDS: '1' })
    expect(config).toMatchObject({ echoMs: 500, historyEveryMs: 1_000 })
  })

  it.each([
    ['http://127.0.0.1:4000/api', 'http://127.0.0.1:4000/api/'],
    ['http://localhost:4000/api/', 'http://localhost:4000/api/'],
    ['http://[::1]:4000', 'http://[::1]:4000/'],
    ['https://slack-gov.com/api/', 'https://slack-gov.com/api/'],
  ])('accepts the address %s', (address, apiUrl) => {
    expect(read({ ...sound, SLACK_API_URL: address }).config?.apiUrl).toBe(apiUrl)
  })

  it.each([
    ['SLACK_SIGNING_SECRET', { SLACK_BOT_TOKEN: sound.SLACK_BOT_TOKEN }],
    ['SLACK_SIGNING_SECRET', { ...sound, SLACK_SIGNING_SECRET: 'old-secret-1,' }],
    ['SLACK_SIGNING_SECRET', { ...sound, SLACK_SIGNING_SECRET: 'secret-one,secret-two,secret-three' }],
    ['SLACK_BOT_TOKEN', { SLACK_SIGNING_SECRET: sound.SLACK_SIGNING_SECRET }],
    ['SLACK_BOT_TOKEN', { ...sound, SLACK_BOT_TOKEN: 'xoxp-1-2-abc' }],
    ['SLACK_BOT_TOKEN', { ...sound, SLACK_BOT_TOKEN: 'xoxb-1 2' }],
    ['SLACK_API_URL', { ...sound, SLACK_API_URL: 'http://slack.com/api/' }],
    ['SLACK_CONFIRM_SECONDS', { ...sound, SLACK_CONFIRM_SECONDS: 'soon' }],
    ['SLACK_HISTORY_SECONDS', { ...sound, SLACK_HISTORY_SECONDS: '3601' }],
    ['SLACK_API_URL', { ...sound, SLACK_API_URL: 'http://127.0.0.1.evil.example/' }],
    ['SLACK_API_URL', { ...sound, SLACK_API_URL: 'https://user:pass@slack.com/api/' }],
    ['SLACK_API_URL', { ...sound, SLACK_API_URL: 'slack.com' }],
  ])('reports %s, without its value, for %j', (setting, settings) => {
    expectProblem(read(settings), setting, /xoxp-1|secret-one|pass@/)
  })

  it('reports every problem at once', () => {
    const { problems } = read({ SLACK_SIGNING_SECRET: 'short', SLACK_BOT_TOKEN: 'x', SLACK_API_URL: 'y' })
    expect(problems).toHaveLength(3)
  })

  it('reads what else may be set', () => {
    const { config } = read({ ...sound, SLACK_RECEIPTS: 'off', SLACK_ALL_MESSAGES_CHANNELS: 'C0DESK, G0VIP' })
    expect(config).toMatchObject({ receipts: false, openChannels: ['C0DESK', 'G0VIP'] })
  })

  it.each([
    ['SLACK_RECEIPTS', 'maybe'],
    ['SLACK_ALL_MESSAGES_CHANNELS', '#lobby'],
  ])('reports %s=%s', (setting, value) => {
    expect(read({ ...sound, [setting]: value }).problems).toEqual([expect.stringMatching(`^${setting} must`)])
  })
})

describe('readSlackConfig, by OAuth', () => {
  const oauth = {
    SLACK_SIGNING_SECRET: sound.SLACK_SIGNING_SECRET,
    SLACK_CLIENT_ID: '1.2',
    SLACK_CLIENT_SECRET: 'client-secret',
    SLACK_STATE_SECRET: '0123456789abcdef0123456789abcdef',
    PUBLIC_URL: 'https://chat.hotel.example/',
    ENCRYPTION_KEY: 'a key',
  }

  it('reads any number of workspaces', () => {
    const { config, problems } = read({ ...oauth, SLACK_ALLOWED_TEAMS: 'T0GUESTS, E0GROUP' })
    expect(problems).toEqual([])
    expect(config).not.toHaveProperty('botToken')
    expect(config?.oauth).toEqual({
      clientId: '1.2',
      clientSecret: 'client-secret',
      stateSecret: oauth.SLACK_STATE_SECRET,
      redirectUri: 'https://chat.hotel.example/slack/oauth_redirect',
      allowedTeams: ['T0GUESTS', 'E0GROUP'],
    })
  })

  it.each(['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'SLACK_STATE_SECRET', 'PUBLIC_URL', 'ENCRYPTION_KEY'])(
    'reports that %s is missing',
    (setting) => {
      const { config, problems } = read({ ...oauth, [setting]: '' })
      expect(config).toBeUndefined()
      expect(problems).toEqual([expect.stringMatching(`^${setting} is missing`)])
    },
  )

  it.each([
    ['SLACK_STATE_SECRET', 'short'],
    ['SLACK_ALLOWED_TEAMS', 'guests'],
    ['SLACK_BOT_TOKEN', sound.SLACK_BOT_TOKEN],
  ])('reports %s=%s', (setting, value) => {
    expect(read({ ...oauth, [setting]: value }).problems).toEqual([expect.stringMatching(`^${setting} `)])
  })
})
