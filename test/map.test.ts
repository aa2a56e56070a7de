import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'

const folder = new URL('../src/', import.meta.url)
const map = readFileSync(new URL('README.md', folder), 'utf8')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)
const named = Array.from(map.matchAll(/`([\w/-]+\.ts)`/g), ([, name = '']) => name)

test('the map of src names every file', () => {
  const known = new Set(named.map((name) => basename(name)))
  expect(files.filter((file) => !known.has(basename(file)))).toEqual([])
})

test('the map of src names no file that is gone', () => {
  const there = new Set(files.map((file) => basename(file)))
  expect(named.filter((name) => !there.has(basename(name)))).toEqual([])
})
