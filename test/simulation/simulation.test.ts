import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const here = (path: string): string => new URL(path, import.meta.url).pathname

/** Runs the simulator as a person does; what it prints, whatever its exit code. */
const simulate = async (...options: readonly string[]): Promise<string> => {
  const node = [here('simulate-run.ts'), ...options]
  const most = { maxBuffer: 64 * 1024 * 1024 }
  const { stdout } = await run(process.execPath, node, most).catch(
    (error: unknown) => error as { stdout: string },
  )
  return stdout
}

test('in worlds that nobody has seen before, everything that was taken arrives once and in order', async () => {
  const from = Math.floor(Math.random() * 2 ** 31)
  const told = await simulate('--from', String(from), '--seeds', '100', '--minutes', '0.3')
  expect(told).toMatch(/ 0 wrong, [\d.]+ hours/)
})

test('the same seed gives the same run, to the byte of its log, whatever ran before in the process', async () => {
  const [once, again] = await Promise.all([
    simulate('--seed', '31', '--log'),
    simulate('--from', '29', '--seeds', '3', '--log'),
  ])
  expect(once).toContain('"msg":"message delivered"')
  expect(again.includes(once)).toBe(true)
})

test('worlds in which something was once wrong are right', async () => {
  const plans = readdirSync(here('found')).filter((each) => each.endsWith('.json'))
  const told = await Promise.all(plans.map((name) => simulate('--plan', here(`found/${name}`))))
  for (const each of told) expect(each).toContain('Everything is right.')
})
