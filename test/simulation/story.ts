import { type Deed, kinds, type Plan } from './world/plan.ts'
import type { Outcome } from './world/simulation.ts'

/** Tells a run so that a person can follow it. `isWhole`: with every line that the connector logged. */
export const tellStory = (plan: Plan, { wrong, log }: Outcome, { isWhole = false } = {}): string => {
  const people = plan.guests
    .map((kind, index) => ({ guest: index + 1, kind: kinds[kind] }))
    .filter(({ guest }) => plan.deeds.some((deed) => 'guest' in deed && deed.guest === guest))
    .map(({ guest, kind }) => `guest ${guest} (${kind})`)
  const accidents = plan.deeds.flatMap((deed) => {
    const text = tellDeed(deed)
    return text === undefined ? [] : [{ at: deed.at, text }]
  })
  const told = log.filter(({ by }) => isWhole || by !== 'connector').map(({ at, text }) => ({ at, text }))
  const lines = [...accidents, ...told].toSorted((one, other) => one.at - other.at)
  return [
    `Seed ${plan.seed}. ${people.join(', ')}. From ${seconds(plan.calmAt)} on all is well.`,
    `The platforms: ${JSON.stringify(plan.habits)}`,
    '',
    ...lines.map(({ at, text }) => `${seconds(at).padStart(10)}  ${text}`),
    '',
    ...(wrong.length === 0 ? ['Everything is right.'] : ['Wrong:', ...wrong.map((line) => `  ${line}`)]),
    '',
  ].join('\n')
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(3)} s`

/** What the log does not tell by itself; undefined for the rest. */
function tellDeed(deed: Deed): string | undefined {
  if (deed.what === 'kill')
    return `the process will be killed after ${deed.acts} more acts, and start again ${seconds(deed.awayMs)} later`
  if (deed.what === 'full') return `for ${seconds(deed.forMs)} nothing can be written`
  if (deed.what === 'flush') return 'the platforms send their webhooks again'
  if (deed.what !== 'weather') return undefined
  const { where, kind, share, forMs } = deed.weather
  const whose = where === 'connector' ? 'what platforms ask of the connector' : `requests to ${where}`
  return `${whose}: ${kind}, ${Math.round(share * 100)} % for ${seconds(forMs)}`
}
