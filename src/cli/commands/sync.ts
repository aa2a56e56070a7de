import type { Config } from '../../config/config.ts'
import { createContext, connectProperty, createRoute } from '../../connector.ts'
import { MewsError } from '../../mews/error.ts'
import { createSync } from '../../relay/from-hotel/sync.ts'
import type { Store } from '../../store/types.ts'
import { type Command, type CommandWorld, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'
import { beside, withStore } from '../with-store.ts'

/** Looks for replies now. */
export const syncCommand: Command = {
  name: 'sync',
  parameters: '[options]',
  summary: 'Look for the hotel’s replies now, and record what is new.',
  details:
    'A running connector delivers them within a second; otherwise they are delivered when it starts. Every hotel is looked at; the exit code is 1 if one of them could not be reached.',
  examples: ['mews-chat sync', 'mews-chat sync --everything'],
  options: {
    everything: { type: 'boolean', help: 'Also look in threads that were silent for THREAD_IDLE_DAYS.' },
    ...jsonOption,
  },
  run: async ({ positionals, flag }, world) => {
    if (positionals.length > 0) throw new UsageError('sync takes options only.')
    const results = await withStore(world, async (store, config, clock) => {
      const surroundings = { ...world.surroundings, clock }
      const looked: Looked[] = []
      for (const property of config.properties)
        looked.push(
          await lookAt(
            property,
            config,
            { store, everything: flag('everything') },
            { ...world, surroundings },
          ),
        )
      return looked
    })
    if (flag('json')) world.print(toJson(results))
    else
      for (const { property, replies, error } of results) {
        if (error === undefined || replies > 0) world.print(`${property}: ${replies} new`)
        if (error !== undefined) world.warn(`${property}: ${error}`)
      }
    return results.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.done
  },
}

/** What a look at one hotel has found. */
interface Looked {
  readonly property: string
  /** New ones. */
  readonly replies: number
  /** Why not everything was looked at. */
  readonly error?: string
}

/** Looks at one hotel. A failure there does not concern the others; rejects when the database fails. */
const lookAt = async (
  property: Config['properties'][number],
  config: Config,
  { store, everything }: { readonly store: Store; readonly everything: boolean },
  { platforms, surroundings }: CommandWorld,
): Promise<Looked> => {
  const { name } = property
  let replies = 0
  const counted = counting(store, (fresh) => void (replies += fresh))
  const context = createContext(
    config,
    new Map(),
    { route: createRoute(config, platforms), store: counted },
    surroundings,
  )
  const look = createSync(context, connectProperty(property, beside(config), store, surroundings))
  const limit = AbortSignal.timeout(10 * config.mews.timeoutMs)
  try {
    await look({ everything }, limit)
    return { property: name, replies }
  } catch (error) {
    if (limit.aborted) return { property: name, replies, error: 'It took too long; run sync again to go on.' }
    if (error instanceof MewsError) return { property: name, replies, error: error.message }
    throw error
  }
}

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
