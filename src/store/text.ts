/**
 * Text as every database gives it back: half a surrogate pair and NUL, which some store as something else and others
 * refuse, become the replacement character.
 */
export const toStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** The same for a value of any kind. */
export const toStorableValue = (value: unknown): unknown =>
  typeof value === 'string' ? toStorable(value) : value
