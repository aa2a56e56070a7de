import { describe, expect, test } from 'vitest'
import { runProgram } from '../support/run-program.ts'

const secret = 'very-secret-value'

const complete = {
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: 'sqlite:/nowhere/at/all/connector.db',
  MEWS_CLIENT_TOKEN: secret,
  MEWS_ACCESS_TOKEN: secret,
  MEWS_WEBHOOK_TOKEN: secret,
  SLACK_SIGNING_SECRET: secret,
  SLACK_BOT_TOKEN: `xoxb-${secret}`,
}

const { MEWS_CLIENT_TOKEN: _client, SLACK_SIGNING_SECRET: _signing, ...incomplete } = complete

const wrong: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  [
    'several are missing or wrong',
    { ...incomplete, PORT: '-1', THREAD_IDLE_DAYS: 'soon' },
    ['MEWS_CLIENT_TOKEN', 'SLACK_SIGNING_SECRET', 'PORT', 'THREAD_IDLE_DAYS'],
  ],
  [
    'secrets stand where they do not belong',
    {
      ...complete,
      PORT: secret,
      MEWS_PLATFORM_ADDRESS: `http://${secret}.example`,
      DATABASE_URL: `mysql://user:${secret}@host/database`,
      ENCRYPTION_KEY: secret,
    },
    ['PORT', 'MEWS_PLATFORM_ADDRESS', 'DATABASE_URL', 'ENCRYPTION_KEY'],
  ],
  [
    'a name is misspelt',
    { ...incomplete, MEWS_CLIENT_TOKN: secret, SLACK_SIGNING_SECRET: secret },
    ['MEWS_CLIENT_TOKEN must be set', 'MEWS_CLIENT_TOKN is no setting'],
  ],
  ['the file is not there', { ...complete, CONFIG_FILE: '/nowhere/config.yaml' }, ['CONFIG_FILE']],
]

describe('settings that are wrong', () => {
  test.each(wrong)(
    'end the program with one message for each, and no secret: %s',
    async (_, settings, names) => {
      const program = runProgram(settings)
      expect(await program.ended).toBe(2)
      for (const name of names) expect(program.output).toMatch(new RegExp(`^.*${name}.{10,}$`, 'm'))
      expect(program.output).not.toContain(secret)
      expect(program.output).not.toContain('    at ')
    },
  )
})

test('a start with a misspelt name goes on, and its log says which name is meant', async () => {
  const program = runProgram({ PORT: '0', SLACK_BOT_TOKNE: secret })
  await program.begun
  program.signal('SIGTERM')
  expect(await program.ended).toBe(0)
  const lines = program.output.split('\n').filter((line) => line.includes('SLACK_BOT_TOKNE'))
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({
      level: 'warn',
      setting: 'SLACK_BOT_TOKNE',
      meant: ['SLACK_BOT_TOKEN'],
      msg: 'no such setting, ignored',
    }),
  ])
  expect(program.output).not.toContain(secret)
})
