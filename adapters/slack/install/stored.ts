import type { Json, Vault } from '../../../src/port.ts'
import { readFields, readString, type Workspace } from '../wire.ts'

/** An installation as it stands in the records. */
export interface StoredInstallation {
  readonly botToken: string
  /** Our bot's user id there. */
  readonly botUser: string
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

const readRotation = (value: unknown): StoredInstallation['rotation'] => {
  const fields = readFields(value)
  const refreshToken = readString(fields?.['refreshToken'])
  const expiresAt = fields?.['expiresAt']
  return refreshToken === undefined || typeof expiresAt !== 'number' ? undefined : { refreshToken, expiresAt }
}

const readStored = (record: unknown): StoredInstallation | undefined => {
  const fields = readFields(record)
  const botToken = readString(fields?.['botToken'])
  if (fields === undefined || botToken === undefined) return undefined
  const rotation = readRotation(fields['rotation'])
  return {
    botToken,
    botUser: readString(fields['botUser']) ?? '',
    installedAt: Number(fields['installedAt'] ?? 0),
    ...(rotation === undefined ? {} : { rotation }),
  }
}

const toRecord = ({ rotation, ...rest }: StoredInstallation): Json => ({
  v: 1,
  ...rest,
  ...(rotation === undefined ? {} : { rotation: { ...rotation } }),
})

/** The installations in the records. */
export interface Installations {
  read(key: string): Promise<StoredInstallation | undefined>
  write(key: string, installation: StoredInstallation): Promise<void>
  remove(key: string): Promise<void>
  /** The keys of all of them. */
  list(): Promise<readonly string[]>
}

const listKey = 'installations'

export const createInstallations = (records: Vault): Installations => {
  const listed = new Set<string>()
  const list = async (): Promise<readonly string[]> => {
    const keys = readFields(await records.get(listKey))?.['keys']
    return Array.isArray(keys) ? keys.flatMap((key) => readString(key) ?? []) : []
  }
  /** What is not listed, for two instances wrote at one time or the records were away, is by whoever uses it next. */
  const enlist = async (key: string): Promise<void> => {
    if (listed.has(key)) return
    try {
      const keys = await list()
      if (!keys.includes(key)) await records.set(listKey, { v: 1, keys: [...keys, key] })
      listed.add(key)
    } catch {
      // Tokens are found without the list.
    }
  }
  return {
    list,
    read: async (key) => {
      const stored = readStored(await records.get(key))
      if (stored !== undefined) await enlist(key)
      return stored
    },
    write: async (key, installation) => {
      await records.set(key, toRecord(installation))
      listed.delete(key)
      await enlist(key)
    },
    remove: async (key) => {
      await records.delete(key)
      listed.delete(key)
      const keys = await list()
      await records.set(listKey, { v: 1, keys: keys.filter((other) => other !== key) })
    },
  }
}
