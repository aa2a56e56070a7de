import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defaultLimits } from '../../src/http/limits.ts'

const page = new URL('../../.github/SECURITY.md', import.meta.url)
const text = readFileSync(page, 'utf8')

test('what SECURITY.md says is protected is tested where it says', () => {
  const links = Array.from(text.matchAll(/\]\((\.\.[^)]+)\)/g), ([, link = '']) => link)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((link) => !existsSync(new URL(link, page)))).toEqual([])
})

test('SECURITY.md names the limits that there are', () => {
  expect(text).toContain(`Bodies take ${defaultLimits.heldBytes / 1024 / 1024} MB of memory together`)
  expect(text).toContain(`there are ${defaultLimits.connections.toLocaleString('en-US')} connections`)
})
