import type { Log } from '../../port.ts'
import type { Figures, GroupFigures } from '../../store/admin/types.ts'

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
