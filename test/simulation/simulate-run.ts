import { ownSqlite } from './machine/disk.ts'
import { ownGlobals } from './machine/globals.ts'
import { applyMutation } from './mutations/apply.ts'

const at = process.argv.indexOf('--mutation')
if (at > 0) applyMutation(process.argv[at + 1] ?? '')
ownGlobals()
ownSqlite()
// Everything else is loaded after that, and takes what this process has now.
const { runCommand } = await import('./command.ts')
process.exitCode = await runCommand(process.argv.slice(2), (text) => void process.stdout.write(text))
