import { type Json, PassingError, type Vault } from '../../../src/port.ts'
import { type Fields, readFields, readList, readString, type Workspace } from '../wire.ts'

/** An installation as it stands in the records. */
export interface StoredInstallation {
  readonly botToken: string
  /** Our bot's user id there. */
  readonly botUser: string
  /** The workspace's or organisation's own, for people; left out by what was installed before names were kept. */
  readonly name?: string
  /** Where tokens are rotated: what the next token is asked with, and when this one ends, in milliseconds since 1970. */
  readonly rotation?: { readonly refreshToken: string; readonly expiresAt: number }
  /** When it was installed last, in milliseconds since 1970. */
  readonly installedAt: number
}

/** The records' keys under which a workspace's installation may stand: its own, then its organisation's. */
export const keysOf = ({ team, enterprise }: Workspace): readonly string[] => [
  `t:${team}`,
  ...(enterprise === undefined ? [] : [`e:${enterprise}`]),
]

/** An installation that its workspace has ended. */
export interface EndedInstallation {
  readonly key: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The installations in the records. */
export interface Installations {
  read(key: string): Promise<StoredInstallation | undefined>
  write(key: string, installation: StoredInstallation): Promise<void>
  /** `at`: when its workspace ended it. */
  remove(key: string, at: number): Promise<void>
  /** The keys of all of them. */
  list(): Promise<readonly string[]>
  /** Those that were ended last and not made again, the newest first. */
  ended(): Promise<readonly EndedInstallation[]>
  /** Whether one was ended under this key, however long ago and whatever came afterwards. */
  hasEnded(key: string): Promise<boolean>
}

const listKey = 'installations'

/** More that have ended are not remembered. */
const maxEnded = 20

export const createInstallations = (records: Vault): Installations => {
  const listed = new Set<string>()
  const find = async (): Promise<Listed> => {
    const fields = readFields(await records.get(listKey))
    const keys = fields?.['keys']
    return {
      keys: Array.isArray(keys) ? keys.flatMap((key) => readString(key) ?? []) : [],
      ended: readList(fields?.['ended']).flatMap(readEnded),
    }
  }
  const keep = ({ keys, ended }: Listed): Promise<void> =>
    records.set(listKey, { v: 1, keys, ended: ended.slice(0, maxEnded).map((one) => ({ ...one })) })
  /** Two instances may write at the same time, or the records may be unreachable, so the list can lack an installation; its next use lists it. */
  const enlist = async (key: string): Promise<void> => {
    if (listed.has(key)) return
    try {
      const { keys, ended } = await find()
      const gone = ended.filter((one) => one.key !== key)
      if (!keys.includes(key)) await keep({ keys: [...keys, key], ended: gone })
      listed.add(key)
    } catch {
      // Tokens are found without the list.
    }
  }
  const read = async (key: string): Promise<StoredInstallation | undefined> => {
    const stored = readStored(await records.get(key))
    if (stored !== undefined) await enlist(key)
    return stored
  }
  return {
    read,
    list: async () => (await find()).keys,
    ended: async () => (await find()).ended,
    hasEnded: async (key) => (await records.get(endedKeyOf(key))) !== undefined,
    write: async (key, installation) => {
      await records.set(key, toRecord(installation))
      listed.delete(key)
      await enlist(key)
    },
    remove: async (key, at) => {
      const { name = '' } = (await read(key)) ?? {}
      await records.set(endedKeyOf(key), { v: 1, at })
      await records.delete(key)
      listed.delete(key)
      const { keys, ended } = await find()
      const others = ended.filter((one) => one.key !== key)
      await keep({ keys: keys.filter((other) => other !== key), ended: [{ key, name, at }, ...others] })
    },
  }
}

/** The vault, which rejects with `PassingError` whenever it fails. */
export const createRecords = (vault: Vault): Vault => ({
  get: (key) => vault.get(key).catch(toPassing),
  set: (key, value) => vault.set(key, value).catch(toPassing),
  delete: (key) => vault.delete(key).catch(toPassing),
})

/** What there is, and what there was. */
interface Listed {
  readonly keys: readonly string[]
  readonly ended: readonly EndedInstallation[]
}

const readEnded = (fields: Fields): readonly EndedInstallation[] => {
  const key = readString(fields['key'])
  return key === undefined ? [] : [{ key, name: readString(fields['name']) ?? '', at: Number(fields['at']) }]
}

const readStored = (record: unknown): StoredInstallation | undefined => {
  const fields = readFields(record)
  const botToken = readString(fields?.['botToken'])
  if (fields === undefined || botToken === undefined) return undefined
  const rotation = readRotation(fields['rotation'])
  const name = readString(fields['name'])
  return {
    botToken,
    botUser: readString(fields['botUser']) ?? '',
    installedAt: Number(fields['installedAt'] ?? 0),
    ...(name === undefined ? {} : { name }),
    ...(rotation === undefined ? {} : { rotation }),
  }
}

const readRotation = (value: unknown): StoredInstallation['rotation'] => {
  const fields = readFields(value)
  const refreshToken = readString(fields?.['refreshToken'])
  const expiresAt = fields?.['expiresAt']
  return refreshToken === undefined || typeof expiresAt !== 'number' ? undefined : { refreshToken, expiresAt }
}

const endedKeyOf = (key: string): string => `ended:${key}`

const toRecord = ({ rotation, ...rest }: StoredInstallation): Json => ({
  v: 1,
  ...rest,
  ...(rotation === undefined ? {} : { rotation: { ...rotation } }),
})

const toPassing = (cause: unknown): never => {
  throw new PassingError('the records of the Slack installations cannot be reached; check the store', {
    cause,
  })
}
