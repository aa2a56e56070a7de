import { cleanName } from '../../../src/util/text.ts'
import { type Fields, readFields, readItems, readString, readValue } from '../wire.ts'
import { escapeText, toLink } from './format.ts'

/**
 * The text in something that Slack invented after this was written, as mrkdwn: addresses with their words, labels with their values,
 * numbers with their names, and the name of its kind where there is no text at all, so that it is never nothing. `read`: reads what is
 * known in it.
 */
export function toUnknown(fields: Fields, read: Read): string {
  const cell = isRaw(fields) ? readValue(fields['value']) : undefined
  if (cell !== undefined) return [escapeText(cell), ...readTexts({ ...fields, value: '' }, read)].join(' ')
  const texts = readTexts(fields, read)
  if (texts.length > 0) return texts.join('\n')
  const kind = cleanName(readString(fields['type']) ?? '').slice(0, maxKind)
  return kind === '' ? '' : escapeText(`[${kind.replaceAll('_', ' ')}]`)
}

/** A field that Slack has added to a known block since: its text, or its number with its name; undefined for what people never see. */
export function toAdded(name: string, value: unknown, read: Read): string | undefined {
  const text = readString(value)
  if (text !== undefined) return technical.test(name) ? undefined : escapeText(text)
  const fields = readFields(value)
  return fields !== undefined && isText(fields) ? read(fields) : toFigure(name, value)
}

type Read = (inner: Fields) => string

/** Fields by which programs find and draw things; people never see what is in them. */
const technical =
  /(?:^|_)(?:type|ids?|ts|urls?|uri|icon|style|color|format|status|level|width|height|size|token|hash|mode|kind|name|value|source|timezone|locale|lang|metadata|fallback|alt_text|label)$/

/** Numbers by which programs draw and sort things. */
const drawn =
  /^(?:max|min)_|(?:^|_)(?:max|min|index|order|position|version|bytes|border|indent|offset|columns|rows|lines|length|page|rank|timestamp|at)$/

/** What is shown of something that has no other text, the best first. */
const substitutes = ['label', 'name', 'display_name', 'alt_text', 'fallback', 'value'] as const

/** A longer text is not taken for the name of a kind. */
const maxKind = 40

/** A table's cell as Slack names them, `raw_number` and the like: its value is for people unless there is a text. */
function isRaw({ type, text }: Fields): boolean {
  return readString(type)?.startsWith('raw_') === true && text === undefined
}

function readTexts(fields: Fields, read: Read): readonly string[] {
  const label = readString(fields['label'])
  const values = label === undefined ? [] : readAll(fields['value'], read)
  if (values.length > 0) return [`${escapeText(label ?? '')}: ${values.join(', ')}`]
  const url = readString(fields['url'])
  const text = readString(fields['text'])
  if (url !== undefined && text !== undefined) return [toLink(url, text)]
  const entries = Object.entries(fields)
  const shown = entries.flatMap(([name, inner]) => readInner(name, inner, read))
  const figures = entries.flatMap(([name, inner]) => toFigure(name, inner) ?? [])
  if (shown.length > 0) return [...shown, ...figures]
  const substitute = substitutes.map((name) => readValue(fields[name])).find((found) => found !== undefined)
  if (url !== undefined) return [toLink(url, substitute ?? ''), ...figures]
  return substitute === undefined ? figures : [escapeText(substitute), ...figures]
}

/** A value as people read it, and the values of a list. */
function readAll(value: unknown, read: Read): readonly string[] {
  if (Array.isArray(value)) return readItems(value).flatMap((one) => readAll(one, read))
  const fields = readFields(value)
  const text = fields === undefined ? escapeText(readValue(value) ?? '') : read(fields)
  return text === '' ? [] : [text]
}

function readInner(name: string, value: unknown, read: Read): readonly string[] {
  if (Array.isArray(value)) return readItems(value).flatMap((one) => readInner(name, one, read))
  const fields = readFields(value)
  if (fields !== undefined) return [read(fields)].filter((text) => text !== '')
  const text = readString(value)
  return text === undefined || technical.test(name) ? [] : [escapeText(text)]
}

/** A number with its name, or several: `price: 200`. */
function toFigure(name: string, value: unknown): string | undefined {
  const numbers = (Array.isArray(value) ? readItems(value) : [value]).filter((one) => typeof one === 'number')
  if (numbers.length === 0 || technical.test(name) || drawn.test(name)) return undefined
  return escapeText(`${cleanName(name).slice(0, maxKind).replaceAll('_', ' ')}: ${numbers.join(', ')}`)
}

function isText({ type }: Fields): boolean {
  return type === 'mrkdwn' || type === 'plain_text' || type === 'rich_text'
}
