import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, matchesGlob, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = listFiles(root).filter((path) => path.endsWith('.md'))

test('every link between documents leads to a file and heading that there is', () => {
  const broken = documents.flatMap((path) =>
    linksIn(path)
      .filter((link) => !leadsSomewhere(path, link))
      .map((link) => `${relative(root, path)}: ${link}`),
  )
  expect(broken).toEqual([])
})

test('what a page of the npm package links to is in the package as well, but for sources', () => {
  const missing = documents.filter(isPacked).flatMap((path) =>
    linksIn(path)
      .map((link) => resolve(dirname(path), link.split('#', 1)[0] || path))
      .filter((to) => extname(to) !== '.ts' && !isPacked(to))
      .map((to) => `${relative(root, path)}: ${relative(root, to)}`),
  )
  expect(missing).toEqual([])
})

test('README.md is a page that people read to its end', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(201)
})

test('src/decisions/README.md lists every decision', () => {
  const folder = join(root, 'src/decisions')
  const list = readFileSync(join(folder, 'README.md'), 'utf8')
  const pages = filesIn(folder).filter((name) => name !== 'README.md')
  expect(pages.filter((name) => !list.includes(`](${name})`))).toEqual([])
})

function linksIn(path: string): readonly string[] {
  const text = withoutCode(readFileSync(path, 'utf8'))
  const found = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|srcset)="([^"]+)"/g)]
  return found.map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link))
}

/** Whether npm packs a file, or a folder's README. */
function isPacked(path: string): boolean {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly files: readonly string[]
  }
  const name = relative(root, statSync(path).isDirectory() ? join(path, 'README.md') : path)
  const always = ['README.md', 'LICENSE', 'package.json']
  return (
    always.includes(name) ||
    files.some((pattern) => name.startsWith(`${pattern}/`) || matchesGlob(name, pattern))
  )
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', heading] = link.split('#', 2)
  const to = path === '' ? from : resolve(dirname(from), path)
  if (!existsSync(to)) return false
  return (
    heading === undefined || headingsIn(statSync(to).isDirectory() ? join(to, 'README.md') : to).has(heading)
  )
}

/** As GitHub names them. */
function headingsIn(path: string): ReadonlySet<string> {
  const lines = withoutCode(readFileSync(path, 'utf8')).matchAll(/^#{1,6} (.*)$/gm)
  return new Set(
    Array.from(lines, ([, title = '']) =>
      title
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[^]*?^ *```/gm, '')
}

function listFiles(folder: string): readonly string[] {
  return [
    ...filesIn(folder).map((name) => join(folder, name)),
    ...listFolders(folder, false).flatMap((path) => listFiles(path)),
  ]
}

function listFolders(folder: string, deep = true): readonly string[] {
  const here = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['node_modules', 'dist', '.git', 'data'].includes(entry.name))
    .map(({ name }) => join(folder, name))
  return deep ? here.flatMap((path) => [path, ...listFolders(path)]) : here
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}
