import type { ReportProblem } from '../port.ts'
import { inFile } from './problems.ts'
import { defaultTexts, type TextName, type Texts } from '../relay/texts.ts'

const isTextName = (name: string): name is TextName => Object.hasOwn(defaultTexts, name)

const placeholders = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\{\w+\}/g), ([match]) => match)

/** The texts that `CONFIG_FILE` replaces; each may use only what the text it replaces uses. */
export const readTexts = (given: Readonly<Record<string, string>>, report: ReportProblem): Partial<Texts> => {
  for (const [name, text] of Object.entries(given)) {
    const setting = inFile('texts', name)
    if (!isTextName(name)) {
      report(setting, `must be one of ${Object.keys(defaultTexts).join(', ')}`)
      continue
    }
    const allowed = placeholders(defaultTexts[name])
    if (text.trim() === '') report(setting, 'must not be empty')
    if (placeholders(text).some((used) => !allowed.includes(used)))
      report(setting, `must have no placeholders but ${allowed.join(', ') || 'none at all'}`)
    if (name === 'subject' && !text.includes('{reference}'))
      report(setting, 'must have {reference}: by it an opened thread is found again')
  }
  return given
}
