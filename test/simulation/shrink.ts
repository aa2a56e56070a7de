import type { Deed, Plan } from './world/plan.ts'
import type { Outcome } from './world/simulation.ts'

/** Makes a plan that goes wrong as small as it can while it still does: fewer deeds, fewer people, gentler habits. */
export const shrink = async (plan: Plan, run: (plan: Plan) => Promise<Outcome>): Promise<Plan> => {
  const isWrong = async (tried: Plan): Promise<boolean> => (await run(tried)).wrong.length > 0
  if (!(await isWrong(plan))) return plan
  let smallest = await withoutGuests(plan, isWrong)
  smallest = await withoutDeeds(smallest, isWrong)
  return withoutHabits(smallest, isWrong)
}

type IsWrong = (plan: Plan) => Promise<boolean>

/** A guest who does nothing is not there, but keeps their number. */
async function withoutGuests(plan: Plan, isWrong: IsWrong): Promise<Plan> {
  let smallest = plan
  for (let guest = 1; guest <= plan.guests.length; guest += 1) {
    const tried = {
      ...smallest,
      deeds: smallest.deeds.filter((deed) => !('guest' in deed) || deed.guest !== guest),
    }
    if (tried.deeds.length < smallest.deeds.length && (await isWrong(tried))) smallest = tried
  }
  return smallest
}

/** Leaves out halves, then quarters, and so on down to single deeds, until none can be left out. */
async function withoutDeeds(plan: Plan, isWrong: IsWrong): Promise<Plan> {
  let smallest = plan
  for (let size = Math.ceil(plan.deeds.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.deeds.length;) {
      const deeds: readonly Deed[] = smallest.deeds.filter((_, index) => index < at || index >= at + size)
      const tried = { ...smallest, deeds }
      if (await isWrong(tried)) smallest = tried
      else at += size
    }
  }
  return smallest
}

const gentle: Plan['habits'] = {
  again: 0,
  lagMs: 0,
  doubled: false,
  reversed: false,
  webhooks: 'sent',
  echo: false,
  requests: 180,
}

async function withoutHabits(plan: Plan, isWrong: IsWrong): Promise<Plan> {
  let smallest = plan
  for (const name of Object.keys(gentle) as (keyof typeof gentle)[]) {
    const tried = { ...smallest, habits: { ...smallest.habits, [name]: gentle[name] } }
    if (smallest.habits[name] !== gentle[name] && (await isWrong(tried))) smallest = tried
  }
  return smallest
}
