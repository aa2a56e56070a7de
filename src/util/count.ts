/** A number of things for people: `1 message`, `2 messages`; `many` where it takes more than an s. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`
