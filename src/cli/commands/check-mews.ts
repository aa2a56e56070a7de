import type { PropertyConfig } from '../../config/properties.ts'
import type { Mews } from '../../mews/client.ts'
import { MewsError } from '../../mews/error.ts'
import { stayOperations } from '../../mews/stays.ts'
import { portfolioReason } from '../../mews/wire.ts'
import type { Finding } from '../../port.ts'
import { checkClock } from '../../util/remote-clock.ts'

/** Threads that were opened within this time are asked for: a week of a busy hotel takes a few requests. */
const recentMs = 7 * 24 * 60 * 60_000

/** The state of one property. */
export interface PropertyCheck {
  readonly property: string
  readonly reachable: boolean
  /** Its name and id in Mews; null while it is not reachable. */
  readonly enterprise: string | null
  readonly clockSkewSeconds: number | null
  /** Operations that were refused. */
  readonly missing: readonly string[]
}

/** Looks at one property: its tokens, what they may do, and the clocks. */
export const checkMews = async (
  { name, enterpriseId }: Pick<PropertyConfig, 'name' | 'enterpriseId'>,
  mews: Mews,
  signal: AbortSignal,
  { needsTasks = false, stay = 'off' }: Needs = {},
): Promise<{ readonly check: PropertyCheck; readonly findings: readonly Finding[] }> => {
  const clocks: Finding[] = []
  let clockSkewSeconds: number | null = null
  const tokens = await attempt(`Mews tokens (${name})`, signal, async () => {
    const { enterprise } = await mews.readConfiguration(signal)
    const skewMs = mews.clock.skewMs() ?? 0
    clockSkewSeconds = Math.round(Math.abs(skewMs) / 1000)
    clocks.push(checkClock(name, 'Mews', { skewMs: () => skewMs }))
    if (enterprise.isPortfolio) throw new Error(portfolioReason(enterprise.name))
    if (enterpriseId !== undefined && enterpriseId.toLowerCase() !== enterprise.id)
      throw new Error(
        `the access token is of ${enterprise.name}: its enterprise id (enterpriseId, MEWS_ENTERPRISE_ID) must be ${enterprise.id}`,
      )
    return `${enterprise.name}, ${enterprise.id}`
  })
  const reachable = clockSkewSeconds !== null
  const enterprise = tokens.ok ? tokens.detail : null
  const known = { property: name, reachable, enterprise, clockSkewSeconds }
  if (!tokens.ok) return { check: { ...known, missing: [] }, findings: [tokens, ...clocks] }
  const messages = await checkMessages(name, mews, signal)
  const tasks = needsTasks ? [await checkTasks(name, mews, signal)] : []
  const stays = await checkStays(name, mews, stay, signal)
  const missing = [
    ...messages.missing,
    ...(tasks.every(({ ok }) => ok) ? [] : ['tasks/getAll']),
    ...stays.missing,
  ]
  const findings = [tokens, ...clocks, messages.finding, ...tasks, ...stays.findings]
  return { check: { ...known, missing }, findings }
}

/** What the settings need beside messages. */
interface Needs {
  /** Whether alarms are tasks in Mews. */
  readonly needsTasks?: boolean
  /** By what stays are looked up. */
  readonly stay?: PropertyConfig['stay']
}

const attempt = async (name: string, signal: AbortSignal, look: () => Promise<string>): Promise<Finding> => {
  try {
    return { name, ok: true, detail: await look() }
  } catch (error) {
    if (signal.aborted)
      return { name, ok: false, detail: 'Mews does not answer: check MEWS_PLATFORM_ADDRESS and the network' }
    if (error instanceof MewsError) return { name, ok: false, detail: error.message }
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Whether threads and messages may be read. */
async function checkMessages(
  property: string,
  mews: Mews,
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly missing: readonly string[] }> {
  const missing: string[] = []
  const finding = await attempt(`Mews messages (${property})`, signal, async () => {
    const end = mews.clock.now()
    missing.push('messageThreads/getAll')
    const threads = await mews.listThreads({ createdFrom: end - recentMs, createdTo: end }, signal)
    missing.pop()
    // Mews refuses threads that it does not know, so only a real one tells anything.
    const [thread] = threads
    if (thread === undefined) return 'threads may be read; of messages it cannot be told before there is one'
    missing.push('messages/getAll')
    const query = { threadIds: [thread.id], start: end - 60_000, end }
    const said = await mews.listMessages(query, signal).then(() => undefined, refusalOf)
    missing.pop()
    return said ?? 'may be read'
  })
  return { finding, missing }
}

/** Whether tasks may be listed; adding one would show it to the staff. */
const checkTasks = (property: string, mews: Mews, signal: AbortSignal): Promise<Finding> =>
  attempt(`Mews tasks (${property})`, signal, async () => {
    const now = mews.clock.now()
    await mews.listTasks({ createdFrom: now - 60_000, createdTo: now }, signal)
    return 'may be listed; that they may be added is seen with the first alarm'
  })

/** Nobody has this number, address or id. */
const nobody = { number: '0', email: 'nobody@example.invalid', id: '00000000-0000-4000-8000-000000000000' }

/** Whether it may be looked up whose stay it is. Nobody is found by it. */
async function checkStays(
  property: string,
  { stays }: Mews,
  stay: PropertyConfig['stay'],
  signal: AbortSignal,
): Promise<{ readonly findings: readonly Finding[]; readonly missing: readonly string[] }> {
  if (stay === 'off') return { findings: [], missing: [] }
  const asked = {
    reservations: () => stays.reservations({ channelNumbers: [nobody.number] }, signal),
    roomNames: () => stays.roomNames([nobody.id], signal),
    ...(stay === 'email' && {
      customers: () => stays.customers({ emails: [nobody.email] }, signal),
      companionships: () => stays.companionships([nobody.id], signal),
    }),
  }
  const missing: string[] = []
  const finding = await attempt(`Mews stays (${property})`, signal, async () => {
    for (const [name, ask] of Object.entries(asked)) {
      missing.push(stayOperations[name as keyof typeof stayOperations])
      await ask().catch(refusalOf)
      missing.pop()
    }
    return `may be looked up by ${stay}`
  })
  return { findings: [finding], missing }
}

/** What Mews says of ids that it does not let be read: the token may ask all the same. Throws anything else. */
function refusalOf(error: unknown): string {
  if (error instanceof MewsError && error.code === 'invalid')
    return `may be read, although one thread is refused (${error.message})`
  throw error
}
