/** Another system's code or id, as a log may show it; undefined for anything else, which may be somebody's words. */
export const readCode = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value) ? value : undefined
