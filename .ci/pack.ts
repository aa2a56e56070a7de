import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * `npm pack` puts the tested dependencies into the package, since `package-lock.json` and `overrides` do not reach those who install it.
 *
 * `pack.ts before` names them in `package.json`, and moves aside what Node never reads: two thirds of `node_modules`. `pack.ts after` puts both
 * back: types are needed here, and npm takes minutes to install where `bundleDependencies` stands beside many other packages.
 */

interface Manifest {
  bundleDependencies?: readonly string[]
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')
/** npm does not look into folders that begin with a dot. */
const aside = join(modules, '.left-out')

const { positionals } = parseArgs({ allowPositionals: true })
// First of all in any case: the last run may have been interrupted.
returnFiles()
if (positionals[0] === 'before') takeFiles()

function takeFiles(): void {
  const folders = listProductionPackages()
  nameBundled(folders.filter((folder) => !folder.includes('/node_modules/')))
  for (const folder of folders)
    for (const file of listFiles(join(modules, folder)))
      if (isNeverRead(folder, file)) move(join(modules, folder, file), join(aside, folder, file))
}

function returnFiles(): void {
  nameBundled(undefined)
  for (const file of listFiles(aside)) move(join(aside, file), join(modules, file))
  rmSync(aside, { recursive: true, force: true })
}

/** Those that others need are named as well: npm finds out by itself, but takes minutes. */
function nameBundled(names: readonly string[] | undefined): void {
  const path = join(root, 'package.json')
  const text = readFileSync(path, 'utf8')
  const { bundleDependencies: _, ...manifest } = JSON.parse(text) as Manifest
  const named = names === undefined ? manifest : { ...manifest, bundleDependencies: names }
  const changed = `${JSON.stringify(named, null, 2)}\n`
  if (changed !== text) writeFileSync(path, changed)
}

/** Their folders below `node_modules`, as the lock file has them. */
function listProductionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path]) => path.slice('node_modules/'.length))
}

/** The files of one package; packages inside it are listed for themselves. */
function listFiles(folder: string, below = ''): string[] {
  return readEntries(join(folder, below)).flatMap((entry) => {
    const path = join(below, entry.name)
    if (!entry.isDirectory()) return [path]
    return entry.name === 'node_modules' && folder !== aside ? [] : listFiles(folder, path)
  })
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Licences always stay. */
function isNeverRead(folder: string, file: string): boolean {
  if (/(^|\/)(licen[cs]e|notice|copying)[^/]*$/i.test(file)) return false
  // Maps are for debuggers, and Node takes no TypeScript below node_modules.
  if (/\.(map|[cm]?tsx?|md|markdown)$/i.test(file)) return true
  if (/^(tests?|__tests__|examples?|docs?|benchmarks?)\//.test(file)) return true
  // An assertion library that Microsoft packs in by mistake, 16 MB each.
  return /^(botbuilder|botframework-streaming)$/.test(folder) && file.startsWith('vendors/chai/')
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  renameSync(from, to)
}
