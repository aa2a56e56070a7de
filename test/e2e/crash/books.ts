/** What was written on one side of a conversation. */
export interface Words {
  readonly text: string
  /** Whether its sender was told that it was taken: then it arrives exactly once, else at most once. */
  readonly taken: boolean
}

/** One direction of one conversation, as both sides know it. */
export interface Account {
  /** For people: which conversation and which way. */
  readonly name: string
  /** In order; what was written at the same time stands together and may arrive in either order. */
  readonly written: readonly (readonly Words[])[]
  readonly arrived: readonly string[]
  /** Whether what arrived at this index says itself that it was written earlier: then it may come late, unless its sender was told that it was taken. */
  readonly isLate?: (index: number) => boolean
  /** Whether what arrived at this index may repeat what arrived before it. Default never. */
  readonly mayRepeat?: (index: number) => boolean
  /** Where all that had arrived since a backup may come once more, in the same order, since that was put back. Default nowhere. */
  readonly replays?: readonly Replay[]
}

/** A backup that was made when so much had arrived (`from`), and put back when so much had (`at`). */
export interface Replay {
  readonly from: number
  readonly at: number
}

/** What is wrong; all zero and no details when everything arrived exactly once and in order. */
export interface Balance {
  /** Taken, but not there. */
  readonly lost: number
  /** There more often than written. */
  readonly doubled: number
  /** Directions of conversations in which the order is wrong. */
  readonly outOfOrder: number
  /** Threads without messages, without conversation, or beside a conversation's one thread. */
  readonly orphans: number
  /** One line for each account or thread that is wrong. */
  readonly details: readonly string[]
}

/** Whether what is wrong may only be on its way. */
export const mayHeal = ({ lost, outOfOrder, orphans }: Balance): boolean => lost + outOfOrder + orphans > 0

const count = (texts: readonly string[], wanted: string): number =>
  texts.filter((text) => text === wanted).length

/** Every order in which a few things may stand. */
const orders = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, index) =>
        orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
      )

interface Arrived {
  readonly text: string
  readonly isLate: boolean
}

/** How far into `arrived` one may be where words of these texts may stand late. */
const passLate = (
  starts: Iterable<number>,
  arrived: readonly Arrived[],
  late: ReadonlySet<string>,
): ReadonlySet<number> => {
  const reached = new Set(starts)
  // What is added while a set is gone through is gone through, too.
  for (const at of reached) {
    const here = arrived[at]
    if (here?.isLate === true && late.has(here.text)) reached.add(at + 1)
  }
  return reached
}

/** How far into `arrived` one may be after these words, when one may be at any of `starts` before them. */
const follow = (
  words: readonly Words[],
  arrived: readonly Arrived[],
  starts: ReadonlySet<number>,
  late: ReadonlySet<string>,
): ReadonlySet<number> => {
  let reached = passLate(starts, arrived, late)
  for (const { text, taken } of words) {
    const next = [...reached].flatMap((at) => [
      ...(arrived[at]?.text === text ? [at + 1] : []),
      ...(taken ? [] : [at]),
    ])
    reached = passLate(next, arrived, late)
  }
  return reached
}

const isInOrder = ({ written }: Account, arrived: readonly Arrived[]): boolean => {
  let reached: ReadonlySet<number> = new Set([0])
  const late = new Set<string>()
  for (const group of written) {
    const ends = orders(group).flatMap((words) => [...follow(words, arrived, reached, late)])
    for (const { text, taken } of group) if (!taken) late.add(text)
    reached = passLate(ends, arrived, late)
  }
  return reached.has(arrived.length)
}

/** What arrived, without what may have come once more. */
const withoutRepeats = (account: Account): readonly Arrived[] => {
  const { arrived, isLate = () => false, mayRepeat = () => false, replays = [] } = account
  let again: readonly string[] = []
  const all = arrived.map((text, index) => ({ text, isLate: isLate(index) }))
  return all.filter(({ text }, index) => {
    const putBack = replays.filter(({ at }) => at === index)
    if (putBack.length > 0) {
      const since = arrived.slice(Math.min(...putBack.map(({ from }) => from)), index)
      again = [...new Set([...again, ...since])].toSorted((a, b) => arrived.indexOf(a) - arrived.indexOf(b))
    }
    const place = again.indexOf(text)
    if (place >= 0) again = again.slice(place + 1)
    return place < 0 && (index === 0 || text !== arrived[index - 1] || !mayRepeat(index))
  })
}

const auditAccount = (account: Account): Omit<Balance, 'orphans'> => {
  const { name, written } = account
  const arrived = withoutRepeats(account)
  const words = written.flat()
  const heard = arrived.map(({ text }) => text)
  const texts = new Set([...words.map(({ text }) => text), ...heard])
  let lost = 0
  let doubled = 0
  for (const text of texts) {
    const same = words.filter((word) => word.text === text)
    const found = count(heard, text)
    lost += Math.max(0, same.filter(({ taken }) => taken).length - found)
    doubled += Math.max(0, found - same.length)
  }
  const outOfOrder = lost === 0 && doubled === 0 && !isInOrder(account, arrived) ? 1 : 0
  const isRight = lost + doubled + outOfOrder === 0
  const wanted = written.map((group) => group.map(({ text, taken }) => (taken ? text : `(${text})`)))
  const detail = `${name}: written ${JSON.stringify(wanted)}, arrived ${JSON.stringify(account.arrived)}`
  return { lost, doubled, outOfOrder, details: isRight ? [] : [detail] }
}

/** Compares both sides of every account; `orphans` are complaints about threads. */
export const balance = (accounts: readonly Account[], orphans: readonly string[]): Balance => {
  const audits = accounts.map(auditAccount)
  const sum = (of: 'lost' | 'doubled' | 'outOfOrder'): number =>
    audits.reduce((total, audit) => total + audit[of], 0)
  return {
    lost: sum('lost'),
    doubled: sum('doubled'),
    outOfOrder: sum('outOfOrder'),
    orphans: orphans.length,
    details: [...audits.flatMap(({ details }) => details), ...orphans],
  }
}
