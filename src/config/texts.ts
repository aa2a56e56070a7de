import type { ReportProblem } from '../port.ts'
import { defaultTexts, type TextName, type Texts } from '../relay/texts.ts'
import { inFile } from './problems.ts'

/**
 * The texts that `CONFIG_FILE` replaces. Each may use only the placeholders of the text it replaces, and must use those that carry
 * what people wrote or need.
 */
export const readTexts = (given: Readonly<Record<string, string>>, report: ReportProblem): Partial<Texts> => {
  for (const [name, text] of Object.entries(given)) {
    const setting = inFile('texts', name)
    if (!isTextName(name)) report(setting, `must be one of ${Object.keys(defaultTexts).join(', ')}`)
    else if (text.trim() === '') report(setting, 'must not be empty')
    else {
      const faults = faultsOf(text, placeholdersOf(defaultTexts[name]))
      if (faults.length > 0) report(setting, `must have ${faults.join(', and ')}`)
    }
  }
  return given
}

/** Without these a text says nothing, or not enough; what else there is (`{property}`, `{platform}`…) may be left out. */
const needed: Readonly<Record<string, string>> = {
  '{text}': 'what was written stands there',
  '{name}': 'who wrote it, or what the file is called, stands there',
  '{reference}': 'by it an opened thread is found again',
  '{hotels}': 'where there is nothing to press, people answer by what they read there',
  '{time}': 'it says how long things are kept',
}

function isTextName(name: string): name is TextName {
  return Object.hasOwn(defaultTexts, name)
}

/** What stands in braces, also where it is no name: people would read it as it is. */
function placeholdersOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/\{[^{}]*\}/g), ([match]) => match)
}

/** What continues `must have`. */
function faultsOf(text: string, allowed: readonly string[]): readonly string[] {
  const used = placeholdersOf(text)
  const missing = [...new Set(allowed)].filter((name) => needed[name] !== undefined && !used.includes(name))
  return [
    ...missing.map((name) => `${name} (${needed[name]})`),
    ...(used.some((name) => !allowed.includes(name))
      ? [`no placeholders but ${allowed.join(', ') || 'none at all'}`]
      : []),
  ]
}
