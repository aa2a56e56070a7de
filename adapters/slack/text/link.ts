import { escapeText } from './format.ts'

/** An address and the words on it as mrkdwn. */
export const toLink = (url: string, label: string): string =>
  label === '' ? `<${escapeText(url)}>` : `<${escapeText(url)}|${escapeText(label)}>`
