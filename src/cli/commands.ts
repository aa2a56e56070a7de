import type { Platform } from '../connector.ts'
import { backupCommand } from './commands/backup.ts'
import { checkCommand } from './commands/check.ts'
import { type Command, type CommandWorld, exitCodes, UsageError } from './command.ts'
import { createCompletionCommand } from './commands/completion.ts'
import { conversationsCommand } from './commands/conversations.ts'
import { deliveriesCommand } from './commands/deliveries.ts'
import { eraseCommand } from './commands/erase.ts'
import { manifestCommand } from './commands/manifest.ts'
import { migrateStoreCommand } from './commands/migrate-store.ts'
import { restoredCommand } from './commands/restored.ts'
import { createSetUpCommands } from './commands/set-up.ts'
import { syncCommand } from './commands/sync.ts'
import { transcriptCommand } from './commands/transcript.ts'

/** Every command of the executable, those that platforms bring included; `serve` is how it runs the connector. */
export const createCommands = (
  serve: (world: CommandWorld) => Promise<void>,
  platforms: readonly Platform[],
): readonly Command[] => {
  const commands: readonly Command[] = [
    {
      name: 'serve',
      parameters: '',
      summary: 'Run the connector, or the sandbox where nothing is set.',
      details: 'It prints one line with its address when it is ready, and ends cleanly at SIGTERM or SIGINT.',
      examples: ['mews-chat serve', 'PORT=8080 mews-chat serve'],
      options: {},
      run: async ({ positionals }, world) => {
        if (positionals.length > 0) throw new UsageError('serve takes nothing.')
        await serve(world)
        return exitCodes.done
      },
    },
    checkCommand,
    manifestCommand,
    ...createSetUpCommands(platforms),
    conversationsCommand,
    transcriptCommand,
    deliveriesCommand,
    syncCommand,
    eraseCommand,
    backupCommand,
    restoredCommand,
    migrateStoreCommand,
    createCompletionCommand(() => commands),
  ]
  return commands
}
