import { readLocale } from '../../../src/relay/locales.ts'
import type { TextName } from '../../../src/relay/texts.ts'

/** What the bot says in English, as it stands in its file. */
export const defaultTexts = readLocale('en').texts as Readonly<Record<TextName, string>>
