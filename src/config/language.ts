import { z } from 'zod/v4'
import type { Settings } from '../port.ts'

/**
 * A language as its BCP 47 tag, or as gettext writes it, since gettext's variable has the same name as our setting: `de_AT.UTF-8:de`.
 * The first language of the list that this Node knows counts; `C`, `POSIX` and empty parts count as not given.
 */
export const language = z.string().transform((text, context): string | undefined => {
  const tags = tagsIn(text)
  const tag = tags.find(isKnownLanguage)
  if (tags.length > 0 && tag === undefined)
    context.addIssue({
      code: 'custom',
      message: 'must be a language as its tag (BCP 47), such as de, pt-BR or zh-Hant',
    })
  return tag
})

/**
 * Whether a `LANGUAGE` of the environment is to be left out: it is the desktop's, and `CONFIG_FILE` has a language, or this Node knows
 * none of the desktop's. A wrong tag that no desktop writes (`deutsch`) stays, so that it is refused.
 */
export const yieldsToFile = (given: string | undefined, file: Settings[string]): boolean => {
  if (given === undefined) return false
  const tags = tagsIn(given)
  if (tags.length > 0 && !/[:_.@]/.test(given)) return false
  return file !== undefined || !tags.some(isKnownLanguage)
}

/** `de_AT.UTF-8@euro:de:C` has `de-AT` and `de`. */
function tagsIn(text: string): readonly string[] {
  return text
    .split(':')
    .map((part) =>
      part
        .replace(/[.@].*$/, '')
        .replaceAll('_', '-')
        .trim(),
    )
    .filter((tag) => tag !== '' && tag !== 'C' && tag !== 'POSIX')
}

/** Whether this Node knows a language of this tag. */
export function isKnownLanguage(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}
