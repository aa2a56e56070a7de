import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { benches } from './catalog.ts'
import { describeMachine, toMarkdown } from './report.ts'

/** `npm run bench -- [name…] [--quick]`: prints Markdown; says on standard error what it is doing. Measures the built program, as the container runs it. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})

const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  const known = benches.map(({ name }) => name).join(', ')
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${known}.\n`)
  process.exit(2)
}

const repository = new URL('../..', import.meta.url).pathname
execFileSync('npm', ['run', 'build'], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] })
process.env['BENCH_PROGRAM'] = `${repository}dist/src/start.cjs`

process.stdout.write(`${describeMachine()}\n\n`)
for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  process.stderr.write(`${bench.name}…\n`)
  process.stdout.write(`${toMarkdown(await bench.run(values))}\n`)
}
process.exit()
