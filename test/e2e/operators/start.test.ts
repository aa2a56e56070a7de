import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heapFlags } from '../../../src/heap.cjs'
import { bareEnvironment, createConnectorProcess, executable } from '../support/connector-process.ts'

const repository = new URL('../../..', import.meta.url).pathname
const main = join(repository, 'src/main.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs the program in a process that says it is another version of Node.js. */
const runAs = async (version: string, args: readonly string[]) => {
  const preload = join(folder, `${version}.cjs`)
  const versions = `{ ...process.versions, node: ${JSON.stringify(version)} }`
  await writeFile(preload, `Object.defineProperty(process, 'versions', { value: ${versions} })`)
  return new Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>((resolve) => {
    const options = { cwd: folder, env: bareEnvironment() }
    execFile(process.execPath, ['--require', preload, ...args], options, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    )
  })
}

/** As `engines` says: `[24, 15]`. */
const readNeeded = async (): Promise<readonly [number, number]> => {
  const { engines } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    readonly engines: { readonly node: string }
  }
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? []
  return [Number(major), Number(minor)]
}

describe('a Node.js that is older than engines allows', () => {
  test.each([
    ['serve', executable],
    ['check', executable],
    ['serve', main],
    ['--version', main],
  ])('says so in one line and ends with 2: %s by %s', async (command, program) => {
    const [major, minor] = await readNeeded()
    for (const old of ['6.17.1', `${major - 2}.99.0`, `${major}.${minor - 1}.9`]) {
      const { code, out, err } = await runAs(old, [program, command])
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toMatch(/^mews-chat needs Node\.js [^\n]+ start again\.\n$/)
      expect(err).toContain(`needs Node.js ${major}.${minor} or newer, and this is ${old}:`)
    }
  })

  test('is told apart from the oldest that will do, and from all that came later', async () => {
    const [major, minor] = await readNeeded()
    for (const version of [`${major}.${minor}.0`, `${major + 1}.0.0`, `${major + 10}.1.0-nightly`])
      expect(await runAs(version, [executable, '--version'])).toMatchObject({ code: 0, err: '' })
  })

  test('can read the first files, whatever its age', async () => {
    for (const name of ['start.cjs', 'check-node.cjs']) {
      const text = await readFile(join(repository, 'src', name), 'utf8')
      const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/'[^'\n]*'/g, "''")
      expect(code).not.toMatch(/=>|`|\?[.?]|\.\.\.|\b(?:const|let|class|import|export|async|await)\b/)
    }
  })
})

const settings = (): Readonly<Record<string, string>> => ({
  MEWS_CLIENT_TOKEN: 'client',
  MEWS_ACCESS_TOKEN: 'access',
  MEWS_WEBHOOK_TOKEN: '0123456789abcdef0123456789abcdef',
  MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:1',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  SLACK_BOT_TOKEN: 'xoxb-1',
  LOG_LEVEL: 'silent',
})

/** The options of the process that `serve` is at last. */
const flagsOf = async (changed: Readonly<Record<string, string>>, flags: readonly string[]) => {
  const connector = await createConnectorProcess(settings, { flags })
  try {
    await connector.start(changed)
    const line = await readFile(`/proc/${connector.pid}/cmdline`, 'utf8')
    expect(await connector.stop()).toBe(0)
    expect(connector.output).toMatch(/^mews-chat listening on http:\/\/[^\n]+\n$/)
    return line.split('\0').filter((argument) => argument.startsWith('-'))
  } finally {
    await connector.dispose()
  }
}

// Elsewhere than on Linux nothing tells which flags a process was started with.
describe.skipIf(process.platform !== 'linux')('serve', () => {
  test('gives Node.js small heaps, whoever starts it, and says nothing but that it is ready', async () => {
    expect(await flagsOf({}, [])).toEqual(heapFlags)
  })

  test('leaves what somebody set themselves as it is', async () => {
    const [semiSpace, , ...others] = heapFlags
    const flags = await flagsOf({ NODE_OPTIONS: '--max_old_space_size=300' }, ['--no-deprecation'])
    expect(flags).toEqual([semiSpace, ...others, '--no-deprecation'])
  })
})

/** Rejects where it says anything on standard error. */
const run = (args: readonly string[], given: NodeJS.ProcessEnv) =>
  new Promise<string>((resolve, reject) => {
    const { NODE_COMPILE_CACHE: _, ...env } = bareEnvironment()
    const options = { cwd: folder, env: { ...env, ...given } }
    execFile(process.execPath, args, options, (error, out, err) =>
      error === null && err === '' ? resolve(out) : reject(error ?? new Error(err)),
    )
  })

describe('compiled code', () => {
  test('is kept beside the dependencies, or where somebody says', async () => {
    const script = `require(${JSON.stringify(join(repository, 'src/compile-cache.cjs'))}).keepCompiled()
      console.log(require('node:module').getCompileCacheDir())`
    expect(await run(['-e', script], {})).toContain(join(repository, 'node_modules/.cache/compile'))
    expect(await run(['-e', script], { NODE_COMPILE_CACHE: join(folder, 'own') })).toContain(
      join(folder, 'own'),
    )
  })

  test('is not kept where that cannot be, and nothing else changes', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    expect(await run([executable, '--version'], { NODE_COMPILE_CACHE: join(file, 'cache') })).toMatch(/^\d/)
  })
})
