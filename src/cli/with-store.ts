import type { Config } from '../config/config.ts'
import type { Clock, Log } from '../port.ts'
import { createSharedClock, type SharedClock } from '../clock.ts'
import { openStore } from '../store/open.ts'
import type { OpenStore } from '../store/open-store.ts'
import { hasDatabase, isSqliteUrl, readSqlitePath } from '../store/url.ts'
import { fold, unprinted } from '../util/text.ts'
import { CommandError, type CommandWorld } from './command.ts'

/** The path of the database file; undefined for a server's. */
export const databaseFile = ({ store }: Config): string | undefined =>
  isSqliteUrl(store.databaseUrl) ? readSqlitePath(store.databaseUrl) : undefined

/** What a command may ask of Mews in 30 s, beside a connector that keeps to its own budget: Mews allows 20 more than that by default. */
const requestsBeside = 10

/** The same configuration for somebody who calls Mews beside a running connector. */
export const beside = (config: Config): Config => ({
  ...config,
  mews: { ...config.mews, requestsPer30s: Math.min(requestsBeside, config.mews.requestsPer30s) },
})

/** A command's warnings go to the person who called it. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Opens the database beside a connector that may be running, and closes it after the work. `clock`: the database's where several processes share it. */
export const withStore = async <Result>(
  { configure, surroundings }: CommandWorld,
  work: (store: OpenStore, config: Config, clock: Clock) => Promise<Result>,
): Promise<Result> => {
  const config = configure()
  const path = databaseFile(config)
  if (path !== undefined && !hasDatabase(path))
    throw new CommandError(
      `There is no database at ${path}: set DATABASE_URL to the connector's, or start it once.`,
    )
  return withOpenStore(config, surroundings.clock, (store, { clock }) => work(store, config, clock))
}

/** The same where the settings are known and a missing file is to be made. */
export const withOpenStore = async <Result>(
  { store: { databaseUrl, keyvUrl } }: Config,
  clock: Clock,
  work: (store: OpenStore, shared: SharedClock) => Promise<Result>,
): Promise<Result> => {
  const shared = createSharedClock(clock, silent)
  const given = { url: databaseUrl, keyvUrl, clock: shared.clock, follow: shared.follow, exclusive: false }
  try {
    const store = await openStore(given)
    try {
      return await work(store, shared)
    } finally {
      await store.close()
    }
  } finally {
    shared.stop()
  }
}

/** How many matches are read, since a guest's name may equal the beginning of another conversation's id. */
const mostLike = 1_000

/** A conversation by its id as it is listed, or by the beginning of a part of it, if only one matches. Throws `CommandError`. */
export const findConversation = async ({ admin }: OpenStore, printed: string): Promise<string> => {
  const given = unprinted(printed)
  await admin.conversations.refresh()
  if ((await admin.conversations.find(given)) !== undefined) return given
  const like = await admin.conversations.list({ search: given, limit: mostLike })
  const [found, another] = like.filter(({ id }) => fold(id).includes(fold(given)))
  if (found === undefined) throw new CommandError(`There is no conversation ${given}.`)
  if (another !== undefined)
    throw new CommandError(
      `Several conversations are like ${given}; mews-chat conversations --search lists them.`,
    )
  return found.id
}
