import type { Platform } from '../connector.ts'
import { backupCommand } from './backup.ts'
import { checkCommand } from './check.ts'
import { type Command, type CommandWorld, exitCodes, UsageError } from './command.ts'
import { createCompletionCommand } from './completion.ts'
import { conversationsCommand } from './conversations.ts'
import { deliveriesCommand } from './deliveries.ts'
import { eraseCommand } from './erase.ts'
import { manifestCommand } from './manifest.ts'
import { migrateStoreCommand } from './migrate-store.ts'
import { restoredCommand } from './restored.ts'
import { createSetUpCommands } from './set-up.ts'
import { syncCommand } from './sync.ts'
import { transcriptCommand } from './transcript.ts'

/** Every command of the executable, those that platforms bring included; `serve` is how it runs the connector. */
export const createCommands = (
  serve: (world: CommandWorld) => Promise<void>,
  platforms: readonly Platform[],
): readonly Command[] => {
  const commands: readonly Command[] = [
    {
      name: 'serve',
      parameters: '',
      summary: 'Run the connector; without any setting the sandbox.',
      details: 'It prints one line with its address when it is ready, and ends cleanly at SIGTERM or SIGINT.',
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
