/** Freezes plain objects and arrays all the way down; buffers, dates and the like stay as they are. */
export const deepFreeze = <T>(value: T): T => {
  const isPlain =
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  if (!isPlain || Object.isFrozen(value)) return value
  for (const element of Object.values(value as object)) deepFreeze(element)
  return Object.freeze(value)
}
