import { expect, test } from 'vitest'
import { platforms } from '../../src/platforms.ts'
import { createCommands } from '../../src/cli/commands.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import type { CommandWorld } from '../../src/cli/command.ts'
import { ConfigError } from '../../src/config/problems.ts'
import { StoreError } from '../../src/store/error.ts'

const commands = createCommands(async () => {}, platforms)

const run = async (args: readonly string[], rest: Partial<CommandWorld> = {}) => {
  const out: string[] = []
  const err: string[] = []
  const world = {
    version: '1.2.3',
    configure: () => {
      throw new ConfigError([{ setting: 'MEWS_CLIENT_TOKEN', remedy: 'must be set' }])
    },
    platforms: [],
    print: (text: string) => void out.push(text),
    warn: (text: string) => void err.push(text),
    ...rest,
  } as unknown as CommandWorld
  const code = await runCommandLine(args, commands, world)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('the help names every command', async () => {
  const { code, out } = await run(['--help'])
  expect(code).toBe(0)
  for (const { name, summary } of commands) {
    expect(out).toContain(`  ${name} `)
    expect(out).toContain(summary)
  }
})

test.each(commands.map((command) => [command.name, command] as const))(
  'the help of %s shows its options and the exit codes, and fits a terminal',
  async (name, command) => {
    const { code, out } = await run([name, '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: mews-chat ${name}`))
    for (const option of Object.keys(command.options)) expect(out).toContain(`--${option}`)
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage or settings.')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  },
)

test.each([
  [[]],
  [['nonsense']],
  [['serve', 'now']],
  [['conversations', '--nonsense']],
  [['conversations', '--state', 'lost']],
  [['conversations', '--limit', '0']],
  [['transcript']],
  [['transcript', 'a', '--format', 'pdf']],
  [['deliveries', 'destroy', 'turn:a#1']],
  [['deliveries', 'retry']],
  [['erase']],
  [['erase', 'a', '--guest', 'b']],
  [['backup']],
  [['restored', 'now']],
  [['restored', '--since', 'yesterday']],
  [['manifest', 'irc']],
  [['channex']],
  [['channex', 'booking']],
  [['channex', 'webhook', 'twice']],
])('wrong usage ends with 2 and says how it is used: %j', async (args) => {
  const { code, out, err } = await run(args)
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toMatch(/--help/)
})

test('help tells of one command as its own --help does', async () => {
  expect(await run(['help', 'deliveries'])).toEqual(await run(['deliveries', '--help']))
})

test.each([
  [['chek'], 'There is no command "chek": did you mean check?'],
  [['help', 'chek'], 'There is no command "chek": did you mean check?'],
  [['Sync'], 'There is no command "Sync": did you mean sync?'],
  [['converstions'], 'There is no command "converstions": did you mean conversations?'],
  [['frobnicate'], 'There is no command "frobnicate".'],
  [['conversations', '--platform', 'slak'], 'did you mean slack?'],
  [['conversations', '--platform', 'teams'], '--platform is one of slack, botframework, channex.'],
])('what is mistyped is told with what may be meant: %j', async (args, told) => {
  const { code, out, err } = await run(args, { platforms })
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(told)
})

test.each(
  commands.flatMap(({ name, options, examples }) => examples.map((line) => [line, name, options] as const)),
)('the example is one that can be given: %s', (line, name, options) => {
  expect(line).toMatch(new RegExp(`^(?:[A-Z]+=\\S+ )?mews-chat ${name}\\b`))
  for (const [, option = ''] of line.matchAll(/ --([\w-]+)/g)) expect(Object.keys(options)).toContain(option)
})

test('wrong settings end with 2 and name each', async () => {
  expect(await run(['conversations'])).toEqual({ code: 2, out: '', err: 'MEWS_CLIENT_TOKEN must be set.' })
})

const onFullDisk = (): never => {
  throw new StoreError('unavailable', 'The disk is full')
}

test('a database that cannot be used ends with 1 and says why', async () => {
  expect(await run(['conversations'], { configure: onFullDisk })).toEqual({
    code: 1,
    out: '',
    err: 'The disk is full',
  })
})

const listenFailure = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall })

test.each([
  ['EADDRINUSE', 'listen', 'PORT'],
  ['EACCES', 'listen', 'PORT'],
  ['EADDRNOTAVAIL', 'listen', 'HOST'],
  ['ENOTFOUND', 'getaddrinfo', 'HOST'],
])(
  'an address where nothing can listen ends with 1 and names what to set: %s',
  async (code, syscall, setting) => {
    const configure = (): never => {
      throw listenFailure(code, syscall)
    }
    const said = await run(['conversations'], { configure })
    expect(said.code).toBe(1)
    expect(said.err).toMatch(new RegExp(`^.+ \\(${syscall} ${code}\\)\\. .*${setting} .*\\.$`))
  },
)

test('the version is printed', async () => {
  expect(await run(['--version'])).toEqual({ code: 0, out: '1.2.3', err: '' })
})
