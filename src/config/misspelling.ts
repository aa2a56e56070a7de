import type { Log, Settings } from '../port.ts'

/** A name in the environment that looks like a setting's and is none. It is ignored; people are told. */
export interface Misspelling {
  readonly name: string
  /** The settings that may be meant, two at most. */
  readonly meant: readonly string[]
}

/** What is compared with what. */
export interface MisspellingOptions {
  readonly environment: Settings
  readonly names: ReadonlySet<string>
  /** How our names begin: of others that begin like them people are told even where no setting is near. */
  readonly prefixes: readonly string[]
  /** Names that `CONFIG_FILE` takes from the environment. */
  readonly used: ReadonlySet<string>
}

/** Finds the names that are near a setting's name, or begin like one. */
export const findMisspellings = ({
  environment,
  names,
  prefixes,
  used,
}: MisspellingOptions): readonly Misspelling[] => {
  const findNear = createNearNames(names)
  return Object.entries(environment)
    .filter(([name, value]) => (value?.trim() ?? '') !== '' && !names.has(name) && !used.has(name))
    .filter(([name]) => !isOfContainer(name))
    .map(([name]) => ({ name, meant: findNear(name) }))
    .filter(({ name, meant }) => meant.length > 0 || prefixes.some((prefix) => name.startsWith(prefix)))
}

/** Finds the nearest of these names, two at most; none where no name is near. `typos`: how many a known name may have. */
export const createNearNames = (
  names: Iterable<string>,
  typos: (known: string) => number = mostTypos,
): ((name: string) => readonly string[]) => {
  const candidates = Array.from(names, (known) => ({ known, plain: simplify(known), most: typos(known) }))
  return (name) => {
    const given = simplify(name)
    let near: readonly string[] = []
    let least = Infinity
    for (const { known, plain, most } of candidates) {
      const limit = Math.min(least, lacksOneWord(name, known) ? known.length : most)
      const distance = distanceBetween(given, plain, limit)
      if (distance > limit) continue
      near = distance < least ? [known] : [...near, known]
      least = distance
    }
    return near.slice(0, 2)
  }
}

/** For people at a terminal: one line. */
export const formatMisspelling = ({ name, meant }: Misspelling): string =>
  `${name} is no setting and is ignored${meant.length === 0 ? '.' : `: did you mean ${meant.join(' or ')}?`}`

/** Logs each of them. */
export const logMisspellings = (misspellings: readonly Misspelling[], log: Log): void => {
  for (const { name, meant } of misspellings) log.warn({ setting: name, meant }, 'no such setting, ignored')
}

/** Kubernetes and Docker tell each container of the services beside it: `MEWS_CHAT_PORT_3978_TCP` is one named `mews-chat`. */
const isOfContainer = (name: string): boolean =>
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(
    name,
  )

/** Whether letters are large, and what stands between words, makes no difference. */
const simplify = (name: string): string => name.toUpperCase().replaceAll('_', '').replaceAll('-', '')

/** One for every five characters, three at most; none in a short name, which is near too many others. */
const mostTypos = (known: string): number =>
  known.length < 8 ? -1 : Math.min(3, Math.floor(known.length / 5))

/** `MEWS_TIMEOUT` for `MEWS_TIMEOUT_SECONDS`: the rest of the words in their order, the first among them. */
const lacksOneWord = (name: string, known: string): boolean => {
  if (name.length >= known.length || !name.includes('_')) return false
  const words = name.toUpperCase().split('_')
  const others = known.toUpperCase().split('_')
  if (others.length !== words.length + 1 || words[0] !== others[0]) return false
  const missing = others.findIndex((word, index) => word !== words[index])
  return others.toSpliced(missing, 1).every((word, index) => word === words[index])
}

/** How many characters are inserted, removed or replaced (Levenshtein); where that is more than `most`, any number above it. */
const distanceBetween = (left: string, right: string, most: number): number => {
  if (Math.abs(left.length - right.length) > most) return Infinity
  let before = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let at = 0; at < left.length; at += 1) {
    const row = [at + 1]
    for (let other = 0; other < right.length; other += 1) {
      const replaced = (before[other] ?? 0) + (left[at] === right[other] ? 0 : 1)
      row.push(Math.min(replaced, (before[other + 1] ?? 0) + 1, (row[other] ?? 0) + 1))
    }
    if (Math.min(...row) > most) return Infinity
    before = row
  }
  return before[right.length] ?? 0
}
