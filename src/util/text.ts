const controls = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu

/** Plain text without control and direction-changing characters, which can make it look like another one. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(controls, '')

const invisible = /^[\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]*$/u

/** Whether nothing of a text can be seen: it is empty, or white space and characters without a shape, such as U+200B. */
export const isBlank = (text: string): boolean => invisible.test(text)

/** A name on one line; empty when nothing of it can be seen. */
export const cleanName = (name: string): string => {
  const clean = cleanText(name).replaceAll(/\s+/g, ' ').trim()
  return isBlank(clean) ? '' : clean
}
