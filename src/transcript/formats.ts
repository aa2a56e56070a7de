import { toActivities } from './activities.ts'
import { toJsonDocument } from './json.ts'
import { toPage } from './page.ts'
import type { Texts, Transcript } from './read.ts'
import { toText } from './text.ts'

/** A form in which a transcript can be had. */
export interface Format {
  readonly name: 'text' | 'json' | 'html' | 'transcript'
  /** Of the file, without a dot. */
  readonly extension: string
  readonly contentType: string
  /** Some of the text at a time, no sooner than it is asked for. */
  readonly write: (transcript: Transcript) => Texts
}

/** Every form; `transcript` opens in the Bot Framework Emulator. */
export const formats: readonly Format[] = [
  { name: 'text', extension: 'txt', contentType: 'text/plain; charset=utf-8', write: toText },
  { name: 'json', extension: 'json', contentType: 'application/json', write: toJsonDocument },
  { name: 'html', extension: 'html', contentType: 'text/html; charset=utf-8', write: toPage },
  { name: 'transcript', extension: 'transcript', contentType: 'application/json', write: toActivities },
]
