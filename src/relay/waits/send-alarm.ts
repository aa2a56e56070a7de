import { MewsError } from '../../mews/error.ts'
import type { Wait } from '../../store/types.ts'
import { formatDuration } from '../../util/text.ts'
import type { RelayContext } from '../context.ts'
import { platformOf } from '../ids.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { intervalSince } from '../property/list.ts'
import type { Alert, AlarmOptions } from './alert.ts'

/** How far an alarm has come. It stands in the wait's row until nothing is left to do. Times are Mews's. */
export interface Alarm {
  readonly id: string
  /** When it was recorded. */
  readonly at: number
  readonly alert: 'due' | 'done'
  /** `unknown`: it may be there, and is looked up. */
  readonly task: 'due' | 'unknown' | 'done'
  /** Since when the task may be there. */
  readonly triedAt: number
}

/** Reads what a wait's row says of its alarm. */
export const readAlarm = (text: string): Alarm => JSON.parse(text) as Alarm

/** Why something of an alarm is not sent yet. */
export interface AlarmFailure {
  readonly reason: string
  readonly afterMs?: number | undefined
}

/** Sends what is left of a wait's alarm: to the address that is set, and as a task. Gives why something of it is still left. */
export type SendAlarm = (wait: Wait, signal: AbortSignal) => Promise<AlarmFailure | undefined>

/** Each step is recorded before the next; where the wait has ended meanwhile, or another step of it is due, nothing more is sent. */
export const createSendAlarm = (
  context: RelayContext,
  hotel: HotelConnection,
  options: AlarmOptions,
): SendAlarm => {
  const compose = createCompose(context, hotel)
  const giveUp = createGiveUp(context, hotel)
  const sendAlert = createAlertStep(context, hotel, { options, compose, giveUp })
  const { lookUp, intend, add } = createTaskSteps(context, hotel, { compose, giveUp })

  return async (given, signal) => {
    const failures: AlarmFailure[] = []
    let current: Wait | undefined = given

    /** Whether the step has changed something, and the next may follow. */
    const take = async (step: Step): Promise<boolean> => {
      if (current === undefined || current.alarm === '') return false
      const before = readAlarm(current.alarm)
      const { alarm, failure } = await step(current, before, signal)
      if (failure !== undefined) failures.push(failure)
      if (alarm === before) return false
      current = await record(current, alarm, context)
      return current !== undefined && failure === undefined
    }

    await take(sendAlert)
    await take(lookUp)
    if (await take(intend)) await take(add)
    return failures[0]
  }
}

/** The staff are to answer soon; Mews wants a deadline. */
const deadlineMs = 15 * 60_000

/** What becomes of an alarm; the same one where nothing does. */
type Step = (
  wait: Wait,
  alarm: Alarm,
  signal: AbortSignal,
) => Promise<{ readonly alarm: Alarm; readonly failure?: AlarmFailure }>

/** Undefined where the wait has ended, or another alarm has taken the place of this one. */
const record = async (wait: Wait, alarm: Alarm, { store }: RelayContext): Promise<Wait | undefined> => {
  const isDone = alarm.alert === 'done' && alarm.task === 'done'
  const text = isDone ? '' : JSON.stringify(alarm)
  return (await store.waits.alarmed(wait, wait.step, text)) ? { ...wait, alarm: text } : undefined
}

const createGiveUp =
  ({ log }: RelayContext, { key: property }: HotelConnection) =>
  (alarm: Alarm, what: 'alert' | 'task', reason: string): Alarm => {
    log.error({ property, alarm: alarm.id, what, reason }, 'alarm given up')
    return { ...alarm, [what]: 'done' }
  }

interface Parts {
  readonly compose: ReturnType<typeof createCompose>
  readonly giveUp: ReturnType<typeof createGiveUp>
}

const createAlertStep =
  (
    { times }: RelayContext,
    { mews }: HotelConnection,
    { options, compose, giveUp }: Parts & { readonly options: AlarmOptions },
  ): Step =>
  async (wait, alarm, signal) => {
    if (alarm.alert === 'done') return { alarm }
    const { body } = await compose(wait, alarm)
    const result = await options.sendAlert?.({ id: alarm.id, body }, mews.clock.now(), signal)
    if (result === undefined || result.isTaken) return { alarm: { ...alarm, alert: 'done' } }
    const isLate = mews.clock.now() - alarm.at > times.giveUpMs
    return isLate ? { alarm: giveUp(alarm, 'alert', result.reason) } : { alarm, failure: result }
  }

/** Looks up a task that may be there; records the intent to add one; adds it. */
const createTaskSteps = (
  { wording, times }: RelayContext,
  { key, mews }: HotelConnection,
  { compose, giveUp }: Parts,
): Readonly<Record<'lookUp' | 'intend' | 'add', Step>> => {
  /** A permission that is missing is no failure of the property: messages go on. */
  const afterError = (alarm: Alarm, error: unknown) => {
    if (!(error instanceof MewsError)) throw error
    if (error.outcome === 'rejected') return { alarm: giveUp(alarm, 'task', error.message) }
    return { alarm, failure: { reason: error.message, afterMs: error.afterMs } }
  }

  return {
    lookUp: async (_, alarm, signal) => {
      if (alarm.task !== 'unknown') return { alarm }
      try {
        const askedAt = mews.clock.now()
        const { start, end } = intervalSince(alarm.triedAt, mews.clock)
        const tasks = await mews.listTasks({ createdFrom: start, createdTo: end }, signal)
        if (tasks.some(({ description }) => description.includes(alarm.id)))
          return { alarm: { ...alarm, task: 'done' } }
        if (askedAt >= alarm.triedAt + times.confirmMs) return { alarm: { ...alarm, task: 'due' } }
        return { alarm, failure: { reason: 'the task may still appear', afterMs: times.confirmMs } }
      } catch (error) {
        return afterError(alarm, error)
      }
    },
    intend: async (_, alarm) => ({
      alarm: alarm.task === 'due' ? { ...alarm, task: 'unknown', triedAt: mews.clock.now() } : alarm,
    }),
    add: async (wait, alarm, signal) => {
      const { body, platform, reference } = await compose(wait, alarm)
      const name = wording.forStaff(key).say('waitTask', { platform, reference })
      const deadline = mews.clock.now() + deadlineMs
      try {
        await mews.addTask({ name, description: `${body.text} [${alarm.id}]`, deadline }, signal)
        return { alarm: { ...alarm, task: 'done' } }
      } catch (error) {
        const isCertain = error instanceof MewsError && error.outcome === 'retry'
        return afterError(isCertain ? { ...alarm, task: 'due' } : alarm, error)
      }
    },
  }
}

/** What the receiver reads: nothing that the guest wrote, and no name. It is the same for every attempt. */
const createCompose =
  ({ store, wording, adapters }: RelayContext, hotel: HotelConnection) =>
  async (
    { thread, conversation, since }: Wait,
    { at }: Alarm,
  ): Promise<Pick<Alert, 'body'> & { readonly platform: string; readonly reference: string }> => {
    const [row] = await store.threads.byId([thread])
    const platform = adapters.get(platformOf(conversation))?.label ?? platformOf(conversation)
    const reference = row?.reference ?? '–'
    const { key: property, name } = hotel
    const texts = wording.forStaff(property)
    const text = texts.say('waitAlarm', {
      platform,
      reference,
      property: name,
      duration: formatDuration(at - since, texts.language),
    })
    const waitedSeconds = Math.round((at - since) / 1000)
    return { body: { text, conversation, property, waitedSeconds }, platform, reference }
  }
