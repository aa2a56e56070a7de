import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { mutations } from './mutations.ts'

const run = promisify(execFile)
const program = new URL('../simulate-run.ts', import.meta.url).pathname

/** Looks for each mutation how many seeds it takes until a world is wrong, and prints a row for each. */
const { values } = parseArgs({
  options: { seeds: { type: 'string' }, only: { type: 'string' }, from: { type: 'string' } },
})
const most = Number(values.seeds ?? 2_000)
const from = Number(values.from ?? 1)
for (const { name } of mutations.filter((each) => each.name.includes(values.only ?? ''))) {
  const options = ['--mutation', name, '--until-wrong', '--from', String(from), '--seeds', String(most)]
  const { stdout } = await run(process.execPath, [program, ...options], { maxBuffer: 2 ** 28 }).catch(
    (error: unknown) => error as { readonly stdout: string },
  )
  const [, seed] = /^seed (\d+):$/m.exec(stdout) ?? []
  const [, wrong = ''] = /^seed \d+:\n {2}(.{0,90})/m.exec(stdout) ?? []
  process.stdout.write(
    `| ${name} | ${seed === undefined ? 'not caught' : Number(seed) - from + 1} | ${wrong}\n`,
  )
}
