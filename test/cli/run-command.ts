import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { createCommands } from '../../src/cli/commands.ts'
import { createOutput } from '../../src/cli/output.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import { systemClock } from '../../src/clock.ts'
import { readConfig, readGivenSettings } from '../../src/config/read.ts'
import { createLog } from '../../src/log.ts'
import { manifests, platforms } from '../../src/platforms.ts'
import { createFetch } from '../../src/fetch.ts'

export interface CommandResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const readFile = (path: string): string => readFileSync(path, 'utf8')

/** Runs a command in this process, with these settings and nothing else: the real program takes seconds to load. */
export const runCommand = async (
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  ask?: (question: string) => Promise<boolean>,
): Promise<CommandResult> => {
  const written = { out: '', err: '' }
  const note = (where: keyof typeof written): Writable =>
    new Writable({
      decodeStrings: false,
      write: (text: string, _, done) => {
        written[where] += text
        done()
      },
    })
  const version = '1.2.3'
  const code = await runCommandLine(
    args,
    createCommands(async () => {}, platforms),
    {
      version,
      givenSettings: () => readGivenSettings({ environment: settings, readFile, platforms }),
      configure: () => readConfig({ environment: settings, readFile, platforms, version }),
      platforms,
      manifests,
      surroundings: {
        clock: systemClock,
        random: Math.random,
        fetch: createFetch(),
        log: createLog({ level: 'silent', pretty: false, output: process.stderr }),
      },
      ...createOutput(note('out'), note('err')),
      ask,
    },
  )
  return { code, ...written }
}
