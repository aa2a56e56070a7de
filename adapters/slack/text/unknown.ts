import { cleanName } from '../../../src/util/text.ts'
import { escapeText } from './format.ts'
import { readFields, readItems, readString, type Fields } from '../wire.ts'
import { toLink } from './link.ts'

/** Fields by which programs find and draw things; people never see what is in them. */
const technical =
  /(?:^|_)(?:type|ids?|ts|urls?|uri|icon|style|color|format|status|level|width|height|size|token|hash|mode|kind|name|value|source|timezone|locale|lang|metadata|fallback|alt_text|label)$/

/** What is shown of something that has no other text, the best first. */
const substitutes = ['label', 'name', 'display_name', 'alt_text', 'fallback', 'value'] as const

/**
 * The text in something that Slack invented after this was written, as mrkdwn: addresses with their words, labels with their values, and
 * the name of its kind where there is no text at all, so that it is never nothing. `read`: reads what is known in it.
 */
export function toUnknown(fields: Fields, read: (inner: Fields) => string): string {
  const texts = readTexts(fields, read)
  if (texts.length > 0) return texts.join('\n')
  const kind = cleanName(readString(fields['type']) ?? '').slice(0, maxKind)
  return kind === '' ? '' : escapeText(`[${kind.replaceAll('_', ' ')}]`)
}

/** A longer name of a kind is none. */
const maxKind = 40

function readTexts(fields: Fields, read: (inner: Fields) => string): readonly string[] {
  const { label, value } = fields
  if (typeof label === 'string' && (typeof value === 'string' || typeof value === 'number'))
    return [escapeText(`${label}: ${value}`)]
  const url = readString(fields['url'])
  const text = readString(fields['text'])
  if (url !== undefined && text !== undefined) return [toLink(url, text)]
  const shown = Object.entries(fields).flatMap(([name, inner]) => readInner(name, inner, read))
  if (shown.length > 0) return shown
  const substitute = substitutes.map((name) => readValue(fields[name])).find((found) => found !== undefined)
  if (url !== undefined) return [toLink(url, substitute ?? '')]
  return substitute === undefined ? [] : [escapeText(substitute)]
}

function readValue(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : readString(value)
}

function readInner(name: string, value: unknown, read: (inner: Fields) => string): readonly string[] {
  if (Array.isArray(value)) return readItems(value).flatMap((one) => readInner(name, one, read))
  const fields = readFields(value)
  if (fields !== undefined) return [read(fields)].filter((text) => text !== '')
  const text = readString(value)
  return text === undefined || technical.test(name) ? [] : [escapeText(text)]
}
