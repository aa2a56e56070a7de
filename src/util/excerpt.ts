/** How much of a text is shown where many are listed, in characters. */
export const excerptLength = 500

/** The beginning of a text, and `…` where there is more of it. */
export const cutExcerpt = (text: string): string => {
  if (text.length <= excerptLength) return text
  const characters = Array.from(text.slice(0, 2 * (excerptLength + 1)))
  return characters.length <= excerptLength ? text : `${characters.slice(0, excerptLength).join('')}…`
}
