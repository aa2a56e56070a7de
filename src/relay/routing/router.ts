import type { Adapter, Log } from '../../port.ts'
import type { Figures, GroupFigures } from '../../store/admin/types.ts'

/** Where a platform's event comes from, in the platform's terms: `{ team: 'T0', channel: 'C0' }`; a list where one thing has several names. */
export type Routing = Readonly<Record<string, string | readonly string[]>>

/** The values that a route asks for. */
export type Match = Readonly<Record<string, string>>

/** For which property something is; `among`: it is one of these, and only the guest can tell which. */
export type Whose = { readonly property: string } | { readonly among: readonly string[] }

/** Decides, from memory alone, for which property a platform's event is. */
export type Router = (platform: string, routing: Routing) => Whose

/**
 * A router of the properties' routes. The narrowest matching route decides; where the narrowest are of several properties it is
 * one of these, and where none matches any of all. The only property takes every platform for which it names no routes.
 * `keys`: what a platform's routes may name, the widest first.
 */
export const createRouter = (
  properties: readonly Routed[],
  keys: ReadonlyMap<string, readonly string[]>,
): Router => {
  const rules = properties.flatMap(({ key, routes }) =>
    routes.map(({ platform, match }) => ({
      platform,
      property: key,
      wanted: Object.entries(match).map(([name, value]) => [name, value.toLowerCase()] as const),
      rank: rankOf(match, keys.get(platform) ?? []),
    })),
  )
  const byPlatform = Map.groupBy(
    rules.toSorted((left, right) => right.rank - left.rank),
    ({ platform }) => platform,
  )
  const all = properties.map(({ key }) => key)
  const [only = ''] = all

  return (platform, routing) => {
    const known = byPlatform.get(platform) ?? []
    if (all.length === 1 && (known.length === 0 || Object.keys(routing).length === 0))
      return { property: only }
    const first = known.find((rule) => fits(rule, routing))
    if (first === undefined) return { among: all }
    const equals = known.filter((rule) => rule.rank === first.rank && fits(rule, routing))
    const among = [...new Set(equals.map(({ property }) => property))]
    return among.length === 1 ? { property: first.property } : { among }
  }
}

/** The property that is certain, or the only one that a guest could name. */
export const propertyOf = (whose: Whose, { asks = true }: Pick<Adapter, 'asks'>): string | undefined => {
  if ('property' in whose) return whose.property
  return whose.among.length === 1 && asks ? whose.among[0] : undefined
}

/** How a lane keeps it. */
export const writeRouting = (routing: Routing): string => JSON.stringify(routing)

/** Reads what a lane kept; undefined for a lane that was made before lanes kept it. */
export const readRouting = (text: string): Routing | undefined =>
  text === '' ? undefined : (JSON.parse(text) as Routing)

/** A property that is not in the configuration and for which something waits: that is kept, and not delivered. */
export interface Unconfigured {
  readonly property: string
  readonly waiting: number
  /** What to do, for people. */
  readonly reason: string
}

/** Why a group of lanes is not delivered; undefined where it is. */
export const whyUnconfigured = (group: string, properties: ReadonlySet<string>): string | undefined => {
  const property = group.slice(group.indexOf(':') + 1)
  if (!group.startsWith('turn:') || properties.has(property)) return undefined
  return `The property “${property}” is not in the configuration: put it back into CONFIG_FILE, or give what it is called now \`key: ${property}\`.`
}

/** The properties for which something waits and that are not in the configuration. */
export const findUnconfigured = (
  groups: readonly GroupFigures[],
  properties: ReadonlySet<string>,
): readonly Unconfigured[] =>
  groups.flatMap(({ group, waiting }) => {
    const reason = whyUnconfigured(group, properties)
    return reason === undefined ? [] : [{ property: group.slice('turn:'.length), waiting, reason }]
  })

/** Tells operators of each property that is not configured and for which something waits. */
export const logUnconfigured = async (
  figures: Pick<Figures, 'groups'>,
  properties: ReadonlySet<string>,
  log: Log,
): Promise<void> => {
  for (const { property, waiting, reason } of findUnconfigured(await figures.groups(), properties))
    log.error({ property, waiting, reason }, 'conversations wait for a property that is not configured')
}

/** A property, and what belongs to it. */
interface Routed {
  readonly key: string
  readonly routes: readonly { readonly platform: string; readonly match: Match }[]
}

/** Later keys are narrower: one of them outweighs all before it. */
const rankOf = (match: Match, keys: readonly string[]): number =>
  Object.keys(match).reduce((sum, key) => sum + 2 ** (keys.indexOf(key) + 1), 0)

const fits = ({ wanted }: Rule, routing: Routing): boolean =>
  wanted.every(([key, value]) => [routing[key] ?? []].flat().some((name) => name.toLowerCase() === value))

/** A route, ready to be compared with. */
interface Rule {
  readonly property: string
  readonly wanted: readonly (readonly [string, string])[]
  /** Greater for a narrower route. */
  readonly rank: number
}
