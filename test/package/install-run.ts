import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createBarePath } from './bare-path.ts'
import { holdConversation } from './hold-conversation.ts'

/**
 * `npm run check:install`: what npm installs, from the checkout and from the package, is what was tested, is small, and runs. It needs
 * npm's registry. PATH has node, npm, sh, git and coreutils only.
 */

const limits = { megabytes: 150, packages: 240 } as const
const repository = new URL('../..', import.meta.url).pathname
const work = mkdtempSync(join(tmpdir(), 'mews-chat-install-'))
process.once('exit', () => rmSync(work, { recursive: true, force: true }))
const bare = createBarePath(join(work, 'bin'))

const checkout = installCheckout()
const versions = checkProduction()
const program = installPackage(packCheckout(), versions)
for (const major of [24, 26]) {
  const node = installNode(major)
  const env = { PATH: `${dirname(node)}${delimiter}${bare}` }
  const conversations = await holdConversation(() => ['/usr/bin/env', `PATH=${env.PATH}`, program, 'serve'])
  say(`Node ${runNode(node)}: the installed package held ${conversations} conversations and stopped with 0`)
}
checkOldNode(installNode(20))
process.exit()

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Runs npm without the settings that an `npm run` around it hands down; a warning is a failure. */
function npm(folder: string, ...args: string[]): string {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|INIT_CWD$)/.test(name))
  const env = { ...Object.fromEntries(own), PATH: bare }
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    shell: false,
  })
  assert.equal(status, 0, `npm ${args.join(' ')} failed:\n${stdout}${stderr}`)
  assert.doesNotMatch(stderr, /npm warn/i, `npm ${args.join(' ')} warned:\n${stderr}`)
  return stdout
}

/** A copy of what is committed or about to be. */
function installCheckout(): string {
  const folder = join(work, 'checkout')
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  })
  for (const file of listed
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== ''))
    cpSync(join(repository, file), join(folder, file))
  npm(folder, 'ci')
  say('npm ci: without a warning, a compiler or Python')
  return folder
}

/** Returns the tested version of every package, by its folder. */
function checkProduction(): ReadonlyMap<string, string> {
  const folder = join(work, 'production')
  mkdirSync(folder)
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(checkout, name), join(folder, name))
  npm(folder, 'ci', '--omit=dev')
  const found = readVersions(folder)
  checkSize('npm ci --omit=dev', folder, found.size)
  return found
}

function packCheckout(): string {
  npm(checkout, 'pack', '--pack-destination', work)
  const [before, after] = [repository, checkout].map((folder) =>
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  assert.equal(after, before, 'npm pack left package.json changed')
  const [name = ''] = readdirSync(work).filter((file) => file.endsWith('.tgz'))
  say(`npm pack: ${name}, ${(lstatSync(join(work, name)).size / 1e6).toFixed(1)} MB`)
  return join(work, name)
}

/** Returns the executable. */
function installPackage(tarball: string, tested: ReadonlyMap<string, string>): string {
  const folder = join(work, 'installed')
  mkdirSync(folder)
  npm(folder, 'install', tarball)
  const found = readVersions(join(folder, 'node_modules/mews-chat-connector'))
  // Nobody needs the empty package that stands for types which Bolt expects beside it.
  found.set('node_modules/@types/express', '1.0.0')
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(tested))
  assert.deepEqual(
    readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['mews-chat-connector'],
  )
  checkSize('npm install of the package', folder, found.size + 1)
  return join(folder, 'node_modules/.bin/mews-chat')
}

function checkSize(what: string, folder: string, packages: number): void {
  const megabytes = Number(execFileSync('du', ['-sm', folder], { encoding: 'utf8' }).split('\t')[0])
  say(`${what}: ${megabytes} MB, ${packages} packages`)
  assert.ok(megabytes <= limits.megabytes, `more than ${limits.megabytes} MB`)
  assert.ok(packages <= limits.packages, `more than ${limits.packages} packages`)
}

/** Versions of all packages below a folder, by their own. */
function readVersions(
  folder: string,
  below = 'node_modules',
  found = new Map<string, string>(),
): Map<string, string> {
  for (const name of readdirSync(join(folder, below))) {
    const path = `${below}/${name}`
    if (name.startsWith('.')) continue
    if (name.startsWith('@')) {
      readVersions(folder, path, found)
      continue
    }
    const { version } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8')) as {
      version: string
    }
    found.set(path, version)
    if (readdirSync(join(folder, path)).includes('node_modules'))
      readVersions(folder, `${path}/node_modules`, found)
  }
  return found
}

/** The npm package `node` brings the executable by its install script. */
function installNode(major: number): string {
  const folder = join(work, `node-${major}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
  npm(folder, 'install', `node@${major}`)
  return join(folder, 'node_modules/node/bin/node')
}

function runNode(node: string): string {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
}

function checkOldNode(node: string): void {
  const { status, stdout, stderr } = spawnSync(node, [program, 'serve'], { cwd: work, encoding: 'utf8' })
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^[^\n]*24\.15[^\n]*\n$/)
  say(`Node ${runNode(node)}: ${stderr.trim()}`)
}
