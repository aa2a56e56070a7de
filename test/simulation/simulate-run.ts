import { ownSqlite } from './machine/disk.ts'
import { ownGlobals } from './machine/globals.ts'

ownGlobals()
ownSqlite()
// Everything else is loaded after that, and takes what this process has now.
const { runCommand } = await import('./command.ts')
process.exitCode = await runCommand(process.argv.slice(2), (text) => void process.stdout.write(text))
