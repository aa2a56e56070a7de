import { expect, test } from 'vitest'
import { createEnvironment } from '../../src/cli/environment.ts'
import { createReload } from '../../src/cli/commands/serve.ts'
import type { Config } from '../../src/config/config.ts'
import { createLogBook } from '../fakes/log.ts'
import { complete, read } from '../config/source.ts'

/** A program whose settings can be changed; each reload takes until `finish`. */
const createProgram = () => {
  const { log, lines } = createLogBook()
  let settings = complete
  const reloaded: Config[] = []
  let gate = Promise.withResolvers<void>()
  const reload = createReload({
    serving: {
      reload: async (config) => {
        reloaded.push(config)
        await gate.promise
      },
    },
    config: read(settings),
    configure: () => read(settings),
    log,
  })
  return {
    lines,
    reloaded,
    reload,
    set: (changes: Readonly<Record<string, string>>) => void (settings = { ...settings, ...changes }),
    clear: () => void (settings = {}),
    finish: () => {
      gate.resolve()
      gate = Promise.withResolvers<void>()
    },
  }
}

test('everything that is wrong is told, and nothing is taken over', async () => {
  const { lines, reloaded, reload, set } = createProgram()
  set({ PORT: 'none', MEWS_SYNC_SECONDS: 'soon', SLACK_SIGNING_SECRET: '' })
  await reload()
  expect(reloaded).toEqual([])
  expect(lines.map(({ level, fields }) => [level, fields['setting']])).toEqual(
    expect.arrayContaining([
      ['error', 'PORT'],
      ['error', 'MEWS_SYNC_SECONDS'],
    ]),
  )
})

test('a name that looks like a setting is told of, whether the rest is taken over or not', async () => {
  const { lines, reloaded, reload, set, finish } = createProgram()
  set({ MEWS_ACCES_TOKEN: 'secret-1', THREAD_IDLE_DAYS: 'soon' })
  await reload()
  set({ THREAD_IDLE_DAYS: '3' })
  const reloading = reload()
  finish()
  await reloading
  expect(reloaded).toHaveLength(1)
  const hint = {
    level: 'warn',
    fields: { setting: 'MEWS_ACCES_TOKEN', meant: ['MEWS_ACCESS_TOKEN'] },
    message: 'no such setting, ignored',
  }
  expect(lines.filter(({ level }) => level === 'warn')).toEqual([hint, hint])
  expect(JSON.stringify(lines)).not.toContain('secret-1')
})

test('settings that vanish do not turn a running connector into the sandbox', async () => {
  const { lines, reloaded, reload, clear } = createProgram()
  clear()
  await reload()
  expect(reloaded).toEqual([])
  expect(lines).toMatchObject([{ level: 'error' }])
})

test('what belongs to the process stays, and is named', async () => {
  const { lines, reloaded, reload, set, finish } = createProgram()
  set({ PORT: '4000', HOST: '127.0.0.1', DATABASE_URL: 'postgres://db.example.com/x', THREAD_IDLE_DAYS: '3' })
  const reloading = reload()
  finish()
  await reloading
  expect(reloaded).toMatchObject([
    {
      http: { port: 3978, host: '0.0.0.0' },
      store: { databaseUrl: 'sqlite:data/connector.db', dialect: 'sqlite' },
      relay: { idleMs: 3 * 24 * 60 * 60_000 },
    },
  ])
  const named = lines.flatMap(({ level, fields }) => (level === 'warn' ? [fields['setting']] : []))
  expect(named).toEqual(['HOST', 'PORT', 'DATABASE_URL'])
})

test('whatever is asked while one is taken over counts as one more, which sees the last state', async () => {
  const { reloaded, reload, set, finish } = createProgram()
  set({ THREAD_IDLE_DAYS: '1' })
  const first = reload()
  for (const days of ['2', '3', '4']) {
    set({ THREAD_IDLE_DAYS: days })
    void reload()
  }
  finish()
  await new Promise(setImmediate)
  finish()
  await first
  expect(reloaded.map(({ relay }) => relay.idleMs / (24 * 60 * 60_000))).toEqual([1, 4])
})

const missing = (): never => {
  throw Object.assign(new Error('missing'), { code: 'ENOENT' })
}

test('the environment’s files are read anew, below what the environment itself says', () => {
  const files = new Map([['.env', 'FROM_FILE=1\nFROM_BOTH=file\n']])
  const readEnvironment = createEnvironment({
    environment: { FROM_FILE: '1', FROM_BOTH: 'own', OWN: 'x' },
    nodeOptions: ['--env-file-if-exists=.env', '--env-file-if-exists', 'missing.env', '--no-warnings'],
    readFile: (path) => {
      const text = files.get(path)
      return text ?? missing()
    },
  })
  files.set('.env', 'FROM_FILE=2\nFROM_BOTH=changed\nNEW=3\n')
  expect(readEnvironment()).toEqual({ FROM_FILE: '2', FROM_BOTH: 'own', OWN: 'x', NEW: '3' })
  files.delete('.env')
  expect(readEnvironment()).toEqual({ FROM_BOTH: 'own', OWN: 'x' })
})

test('a file that must be there and is not is an error', () => {
  const source = { environment: {}, nodeOptions: ['--env-file=x'], readFile: missing }
  expect(() => createEnvironment(source)).toThrow('missing')
})
