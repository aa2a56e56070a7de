/** The methods that Keyv 5.6 calls on a storage adapter. */
export interface KeyvStorage {
  opts: { readonly url: string; readonly dialect: string }
  namespace?: string | undefined
  get(key: string): Promise<string | undefined>
  getMany(keys: string[]): Promise<(string | undefined)[]>
  set(key: string, value: string, ttl?: number): Promise<boolean>
  setMany(entries: { key: string; value: string; ttl?: number }[]): Promise<void>
  delete(key: string): Promise<boolean>
  deleteMany(keys: string[]): Promise<boolean>
  clear(): Promise<void>
  has(key: string): Promise<boolean>
  iterator(namespace?: string): AsyncGenerator<[string, string], void>
  disconnect(): Promise<void>
  on(event: string, listener: (...args: unknown[]) => void): unknown
}
