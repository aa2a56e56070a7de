import { createContext, createLink, createRoute } from '../connector.ts'
import { MewsError } from '../mews/error.ts'
import { createSync } from '../relay/sync.ts'
import type { Store } from '../store/types.ts'
import { type Command, CommandError, exitCodes, jsonOption, toJson, UsageError } from './command.ts'
import { beside, withStore } from './with-store.ts'

/** A store that counts the replies that were not known before. */
const counting = (store: Store, count: (fresh: number) => void): Store => ({
  ...store,
  log: {
    ...store.log,
    append: async (entries) => {
      const fresh = await store.log.append(entries)
      count(fresh.filter(Boolean).length)
      return fresh
    },
  },
})

/** Looks for replies now. */
export const syncCommand: Command = {
  name: 'sync',
  parameters: '[options]',
  summary: 'Look for the hotel’s replies now, and record what is new.',
  details: 'A running connector delivers them within a second; otherwise they are delivered when it starts.',
  options: {
    everything: { type: 'boolean', help: 'Also in threads that were silent for THREAD_IDLE_DAYS.' },
    ...jsonOption,
  },
  run: async ({ positionals, flag }, world) => {
    if (positionals.length > 0) throw new UsageError('sync takes options only.')
    const { platforms, surroundings } = world
    return withStore(world, async (store, config) => {
      const results: { property: string; replies: number }[] = []
      for (const property of config.properties) {
        let replies = 0
        const counted = counting(store, (fresh) => void (replies += fresh))
        const context = createContext(
          config,
          new Map(),
          createRoute(config, platforms),
          counted,
          surroundings,
        )
        const link = createLink(property, beside(config), store, surroundings)
        try {
          const look = createSync(context, link)
          await look({ everything: flag('everything') }, AbortSignal.timeout(10 * config.mews.timeoutMs))
        } catch (error) {
          throw error instanceof MewsError ? new CommandError(`${property.name}: ${error.message}`) : error
        }
        results.push({ property: property.name, replies })
      }
      if (flag('json')) world.print(toJson(results))
      else for (const { property, replies } of results) world.print(`${property}: ${replies} new`)
      return exitCodes.done
    })
  },
}
