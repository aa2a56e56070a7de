import type { Installations, StoredInstallation } from './stored.ts'

/**
 * Installations of which nothing renewed is lost: what could not be written is kept in memory, given out, and written at
 * the next reading, unless the app was installed again meanwhile. The refresh token in the records is used up by then.
 */
export const createCarefulInstallations = (
  installations: Pick<Installations, 'read' | 'write'>,
): Pick<Installations, 'read' | 'write'> => {
  const unwritten = new Map<string, StoredInstallation>()

  const write = async (key: string, installation: StoredInstallation): Promise<void> => {
    unwritten.set(key, installation)
    await installations.write(key, installation)
    unwritten.delete(key)
  }

  return {
    write,
    read: async (key) => {
      const current = await installations.read(key)
      const waiting = unwritten.get(key)
      if (waiting === undefined) return current
      if (waiting.installedAt !== current?.installedAt) {
        unwritten.delete(key)
        return current
      }
      await write(key, waiting).catch(() => undefined)
      return waiting
    },
  }
}
