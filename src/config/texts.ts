import type { ReportProblem } from '../port.ts'
import { languages, readLocale } from '../relay/locales.ts'
import { singularOf, textArguments, type TextName } from '../relay/texts.ts'
import { compile, type GivenTexts } from '../relay/wording.ts'
import { isKnownLanguage } from './language.ts'
import { inFile } from './problems.ts'

/**
 * Checks the texts that `CONFIG_FILE` replaces, in all languages or one. Each may use only the placeholders of the text it replaces, and must
 * use those that carry what people wrote or need. `where`: the path of the texts in the file.
 */
export const checkTexts = (given: GivenTexts, where: readonly PropertyKey[], report: ReportProblem): void => {
  for (const [name, text] of Object.entries(given)) {
    if (typeof text === 'string') checkText({ setting: inFile(...where, name), name, text }, report)
    else if (!isKnownLanguage(name))
      report(inFile(...where, name), 'must be a language as its tag (BCP 47), such as de, pt-BR or zh-Hant')
    else
      for (const [each, own] of Object.entries(text))
        checkText({ setting: inFile(...where, name, each), name: each, text: own, tag: name }, report)
  }
}

/** Checks the languages that come with the program, once. */
export const checkLocales = (report: ReportProblem): void => {
  if (areChecked) return
  areChecked = true
  const note: ReportProblem = (...problem) => {
    areChecked = false
    report(...problem)
  }
  for (const tag of languages)
    for (const [name, text] of Object.entries(readLocale(tag).texts))
      checkText({ setting: `locales/${tag}.yaml (${name})`, name, text, tag }, note)
}

let areChecked = false

/** One text: where it stands, and its language's tag. */
interface Checked {
  readonly setting: string
  readonly name: string
  readonly text: string
  readonly tag?: string
}

function checkText({ setting, name, text, tag = 'en' }: Checked, report: ReportProblem): void {
  const allowed = argumentsOf(name)
  if (allowed === undefined) report(setting, `must be one of ${Object.keys(textArguments).join(', ')}`)
  else if (text.trim() === '') report(setting, 'must not be empty')
  else {
    const faults = faultsOf(text, allowed, tag)
    if (faults.length > 0) report(setting, `must have ${faults.join(', and ')}`)
  }
}

/** What may be filled into a text; undefined where there is none of this name. */
function argumentsOf(name: string): readonly string[] | undefined {
  if (Object.hasOwn(textArguments, name)) return textArguments[name as TextName]
  return Object.values<string>(singularOf).includes(name) ? textArguments.statusWaiting : undefined
}

/** Without these a text says nothing, or not enough; what else there is (`{property}`, `{platform}`…) may be left out. */
const needed: Readonly<Record<string, string>> = {
  text: 'what was written stands there',
  name: 'who wrote it, or what the file is called, stands there',
  reference: 'by it an opened thread is found again',
  hotels: 'where there is nothing to press, people answer by what they read there',
  time: 'it says how long things are kept',
  opens: 'it says when the desk opens',
  day: 'it says on which day the desk opens',
}

/** What continues `must have`. */
function faultsOf(text: string, allowed: readonly string[], tag: string): readonly string[] {
  const used = readUsed(text, tag)
  if (used === undefined)
    return [`every brace closed, with a name or an ICU plural or choice with “other” in it`]
  const missing = allowed.filter((name) => needed[name] !== undefined && !used.includes(name))
  return [
    ...missing.map((name) => `{${name}} (${needed[name]})`),
    ...(used.some((name) => !allowed.includes(name))
      ? [`no placeholders but ${allowed.map((name) => `{${name}}`).join(', ') || 'none at all'}`]
      : []),
  ]
}

/** The placeholders of a text; undefined where it cannot be read. */
function readUsed(text: string, tag: string): readonly string[] | undefined {
  try {
    return compile(text, tag).used
  } catch {
    return undefined
  }
}
