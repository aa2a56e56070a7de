/** Runs work of the same key one after the other, whether it succeeds or fails, and work of different keys side by side. */
export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Keeps nothing of a key once its work is done. */
export const createOneByOne = (): OneByOne => {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key)
    const mine = (async () => {
      await before?.catch(() => undefined)
      return work()
    })()
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
