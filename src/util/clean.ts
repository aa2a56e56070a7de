const controls = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu

/** Plain text without control and direction-changing characters, which can make it look like another one. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(controls, '')

/** A name on one line; empty when nothing of it can be seen. */
export const cleanName = (name: string): string => cleanText(name).replaceAll(/\s+/g, ' ').trim()
