import type { PropertyState } from '../relay/property/hotel.ts'
import { replyGroup, turnGroup } from '../relay/ids.ts'
import type { Figures, GroupFigures } from '../store/admin/types.ts'
import { countOf } from '../util/text.ts'

/** Something that holds messages up now. */
export interface Outage {
  /** The lane group that it holds up, such as `turn:<property>`. */
  readonly group: string
  /** What it is, for people, without its beginning: `Mews cannot be reached for Grand Hotel`. */
  readonly what: string
  readonly since: number
  /** What waits meanwhile, for people; undefined where nothing does. */
  readonly waiting: string | undefined
  /** Why, where it is known. */
  readonly reason: string | undefined
}

/** What `createReadOutages` needs. */
export interface OutageOptions {
  readonly figures: Pick<Figures, 'groups'>
  readonly properties: readonly {
    readonly key: string
    readonly name: string
    readonly state: () => Promise<PropertyState>
  }[]
  /** The platforms that are on, by name, as people know them. */
  readonly platforms: ReadonlyMap<string, string>
  readonly clock: { readonly now: () => number }
}

/** What waits for longer does not just take its turn. */
const longMs = 60_000

/** Reads what holds messages up now, on either side; the properties first. */
export const createReadOutages =
  ({ figures, properties, platforms, clock }: OutageOptions) =>
  async (): Promise<readonly Outage[]> => {
    const groups = new Map((await figures.groups()).map((group) => [group.group, group]))
    const early = clock.now() - longMs
    const ofMews = await Promise.all(
      properties.map(async ({ key, name, state }) => {
        const group = groups.get(turnGroup(key))
        return (
          toMewsOutage(turnGroup(key), name, await state(), group) ?? toHeldUp(`for ${name}`, group, early)
        )
      }),
    )
    const ofPlatforms = Array.from(platforms, ([name, label]) =>
      toHeldUp(`to guests on ${label}`, groups.get(replyGroup(name)), early),
    )
    return [...ofMews, ...ofPlatforms].filter((outage) => outage !== undefined)
  }

const toMewsOutage = (
  group: string,
  name: string,
  { failingSince, reason }: PropertyState,
  { waiting }: Pick<GroupFigures, 'waiting'> = { waiting: 0 },
): Outage | undefined =>
  failingSince === null
    ? undefined
    : {
        group,
        what: `Mews cannot be reached for ${name}`,
        since: failingSince,
        waiting:
          waiting === 0 ? undefined : `${countOf(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`,
        reason: reason ?? undefined,
      }

/** What fails for long, whatever the reason, such as records that cannot be read. */
const toHeldUp = (where: string, figures: GroupFigures | undefined, early: number): Outage | undefined => {
  if (figures === undefined || figures.failing === 0) return undefined
  const { group, waiting, oldestAt } = figures
  if (oldestAt === null || oldestAt > early) return undefined
  const what = `${countOf(waiting, 'message')} ${where} cannot be delivered`
  return { group, what, since: oldestAt, waiting: undefined, reason: undefined }
}
