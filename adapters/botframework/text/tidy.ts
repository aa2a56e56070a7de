import { cleanText } from '../../../src/util/text.ts'

/** Text without characters that deceive, white space at the ends of lines, and more than one empty line at a time. */
export const tidy = (text: string): string =>
  cleanText(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
