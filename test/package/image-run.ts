import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { holdConversation } from './hold-conversation.ts'

/**
 * `npm run test:image`: builds the container image with what the machine has, and has a conversation through it. It runs read-only, as user
 * 1000, with the network of this machine. Docker and podman run it themselves; buildah builds without an engine and wants root.
 */

const image = 'localhost/mews-chat-connector:test'
const base = 'docker.io/library/node:24-slim'
const limitMegabytes = 350
const repository = new URL('../..', import.meta.url).pathname

const builder = findBuilder()
say(`built with ${builder}`)
const conversations = builder === 'buildah' ? await tryWithBuildah() : await tryWithEngine(builder)
say(`read-only, as user 1000: ready, ${conversations} conversations, stopped with 0`)
process.exit()

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  }).trim()
}

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function findBuilder(): 'docker' | 'podman' | 'buildah' {
  if (works('docker', 'info')) return 'docker'
  if (works('podman', 'info')) return 'podman'
  if (works('buildah', '--version') && process.getuid?.() === 0) return 'buildah'
  return stop(
    'Nothing here can build an image. Install docker or podman, or run this as root with buildah and debootstrap (apt-get install buildah debootstrap).',
  )
}

function stop(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

async function tryWithEngine(engine: 'docker' | 'podman'): Promise<number> {
  run(engine, 'build', '--tag', image, repository)
  const bytes = Number(run(engine, 'image', 'inspect', '--format', '{{.Size}}', image))
  checkSize(bytes / 1e6)
  const fixed = `run --rm --init --read-only --user 1000:1000 --network host --tmpfs /app/data:uid=1000,gid=1000`
  return holdConversation((env) => [
    engine,
    ...fixed.split(' '),
    ...toAssignments(env).flatMap((assignment) => ['--env', assignment]),
    image,
  ])
}

interface ImageConfig {
  readonly Env: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
}

async function tryWithBuildah(): Promise<number> {
  // A container inside another one has neither an overlay nor namespaces to give.
  Object.assign(process.env, { BUILDAH_ISOLATION: 'chroot', STORAGE_DRIVER: 'vfs' })
  if (!works('buildah', 'pull', '--quiet', base)) makeBase()
  run('buildah', 'build', '--format', 'docker', '--tag', image, '--pull-never', repository)
  const container = run('buildah', 'from', '--pull-never', image)
  try {
    const folder = run('buildah', 'mount', container)
    checkSize(Number(run('du', '-sm', folder).split('\t')[0]))
    const { OCIv1 } = JSON.parse(run('buildah', 'inspect', '--type', 'image', image)) as {
      OCIv1: { config: ImageConfig }
    }
    const { Env, Cmd, WorkingDir } = OCIv1.config
    return await holdConversation((env) => [
      'unshare',
      '--mount',
      'sh',
      join(import.meta.dirname, 'run-read-only.sh'),
      folder,
      WorkingDir,
      ...Env,
      ...toAssignments(env),
      ...Cmd,
    ])
  } finally {
    run('buildah', 'rm', container)
  }
}

/** The database is where the image has it. */
function toAssignments(env: Readonly<Record<string, string>>): string[] {
  const given = Object.entries(env).filter(([name]) => name !== 'DATABASE_URL')
  return given.map(([name, value]) => `${name}=${value}`)
}

/** No registry of images can be reached: what the Dockerfile begins with is made here. */
function makeBase(): void {
  if (works('buildah', 'inspect', '--type', 'image', base)) return
  if (!works('debootstrap', '--version'))
    stop(`${base} cannot be pulled, and debootstrap, which makes a stand-in for it, is not installed.`)
  say(`${base} cannot be pulled; a stand-in is made`)
  run('sh', join(import.meta.dirname, 'base-image.sh'), base, process.execPath)
}

function checkSize(megabytes: number): void {
  say(`the image with its base: ${Math.round(megabytes)} MB`)
  assert.ok(megabytes <= limitMegabytes, `more than ${limitMegabytes} MB`)
}
