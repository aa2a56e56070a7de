import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../port.ts'
import type { PropertyLink } from '../relay/context.ts'
import type { Figures } from '../store/books-types.ts'
import type { Marks } from '../store/types.ts'

export interface GaugeOptions {
  readonly registry: Registry
  readonly figures: Figures
  readonly marks: Marks
  readonly links: readonly PropertyLink[]
  readonly clock: Clock
}

/** A lane group's direction and, behind the colon, the property or platform. */
const split = (group: string): { readonly direction: string; readonly name: string } => {
  const colon = group.indexOf(':')
  return { direction: group.slice(0, colon), name: group.slice(colon + 1) }
}

/** What is read when somebody asks: how much waits, since when, and how each property fares. */
export const createGauges = ({
  registry,
  figures,
  marks,
  links,
  clock,
}: GaugeOptions): (() => Promise<void>) => {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Gauge<Label> => {
    // The properties of an earlier configuration stand in the gauge that was made of it.
    registry.removeSingleMetric(name)
    return new Gauge({ registers: [registry], name, help, labelNames })
  }
  const where = ['direction', 'name'] as const
  const waiting = gauge('mews_chat_waiting', 'Entries that are not done.', where)
  const failing = gauge(
    'mews_chat_failing_conversations',
    'Conversations that wait because something failed.',
    where,
  )
  const oldest = gauge(
    'mews_chat_oldest_waiting_seconds',
    'For how long the longest waiting conversation waits.',
    where,
  )
  const unplaced = gauge(
    'mews_chat_unplaced',
    'Events that are on disk and stand in no conversation yet, or never could (refused).',
    ['state'],
  )
  const failed = gauge('mews_chat_failed_parts', 'Recorded parts that were given up or refused.', [])
  const twice = gauge('mews_chat_possibly_twice_parts', 'Recorded parts that may be there twice.', [])
  const left = gauge('mews_chat_mews_requests_left', 'Requests to Mews that could be made now.', ['property'])
  const paused = gauge('mews_chat_property_paused', '1 while Mews cannot be called for a property.', [
    'property',
  ])
  const syncAge = gauge('mews_chat_sync_age_seconds', 'Since the last look for replies.', ['property'])

  return async () => {
    const now = clock.now()
    for (const each of [waiting, failing, oldest]) each.reset()
    for (const group of await figures.groups()) {
      const labels = split(group.group)
      waiting.set(labels, group.waiting)
      failing.set(labels, group.failing)
      oldest.set(labels, Math.max(0, now - group.oldestAt) / 1000)
    }
    for (const [state, entries] of Object.entries(await figures.spooled())) unplaced.set({ state }, entries)
    const troubles = await figures.troubles()
    failed.set(troubles.failed)
    twice.set(troubles.twice)
    for (const { key: property, gate, budget } of links) {
      left.set({ property }, budget.state().left)
      paused.set({ property }, gate.state().failingSince === null ? 0 : 1)
      const synced = await marks.get(`synced:${property}:active`)
      if (synced !== undefined) syncAge.set({ property }, Math.max(0, now - Number(synced)) / 1000)
    }
  }
}
