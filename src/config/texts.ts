import type { ReportProblem } from '../port.ts'
import { inFile } from './problems.ts'
import { defaultTexts, type TextName, type Texts } from '../relay/texts.ts'

const isTextName = (name: string): name is TextName => Object.hasOwn(defaultTexts, name)

const placeholders = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\{\w+\}/g), ([match]) => match)

/** What a text cannot do without, and why. */
const necessary: Partial<Readonly<Record<TextName, readonly [placeholder: string, why: string]>>> = {
  subject: ['{reference}', 'by it an opened thread is found again'],
  whichHotel: ['{hotels}', 'where there is nothing to press, people answer by what they read there'],
}

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
    const needed = necessary[name]
    if (needed !== undefined && !text.includes(needed[0])) report(setting, `must have ${needed.join(': ')}`)
  }
  return given
}
