/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object, or undefined for anything else (null and arrays included). */
export const readFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** The value as a non-empty string, or undefined. */
export const readString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** The value as a finite number that is not below 0, or undefined. */
export const readCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

/** The elements of a list; empty for anything that is no list. */
export const readList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Parses JSON text that must be one object; undefined for anything else. */
export const parseFields = (json: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(json))
  } catch {
    return undefined
  }
}
