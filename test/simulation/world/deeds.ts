import type { BackedUp } from '../../e2e/crash/load-restores.ts'
import { isOfEnded, type Machine } from '../machine/machine.ts'
import type { Scheduler } from '../machine/scheduler.ts'
import type { People } from './people.ts'
import type { Deed } from './plan.ts'
import type { World } from './world.ts'

/** Everything that a plan can do. */
export interface Deeds {
  /** Does what its time has come for; what fails is wrong. */
  perform(deed: Deed): void
  /** From now on all is well. */
  calm(): void
  /** Starts the connector. */
  start(): void
}

interface DeedsOptions {
  readonly scheduler: Scheduler
  readonly machine: Machine
  readonly world: World
  readonly people: People
  /** What is wrong is added to it. */
  readonly wrong: string[]
}

export const createDeeds = ({ scheduler, machine, world, people, wrong }: DeedsOptions): Deeds => {
  let awayMs = 100
  let backedUp: BackedUp | undefined
  let isCalm = false

  const watch = (what: string, work: Promise<void>): void =>
    void work.catch((error: unknown) => {
      if (isOfEnded(error)) return
      wrong.push(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`)
    })
  /** A start that fails, as on a full disk, ends the process; whoever runs it starts it again. */
  const start = (): void => {
    people.restarting()
    const starting = machine.start().catch((error: unknown) => {
      if (isCalm || isOfEnded(error)) throw error
      machine.abandon()
    })
    watch('start', starting)
  }
  const startLater = (ms: number): void => void scheduler.after(isCalm ? 0 : ms, start)
  machine.onEnd(() => startLater(awayMs))

  const restore = async (held: BackedUp, ms: number): Promise<void> => {
    await machine.stop()
    if (machine.isRunning()) return
    machine.putBack()
    people.putBack(held)
    startLater(ms)
  }
  const stop = async (ms: number): Promise<void> => {
    await machine.stop()
    if (!machine.isRunning()) startLater(ms)
  }
  const backUp = async (): Promise<void> => {
    if (!machine.isRunning()) return
    const held = people.backUp()
    await machine.backUp()
    backedUp = held
  }
  const flush = async (): Promise<void> => {
    await world.system.mews.flush()
    await world.system.channex.flush()
  }

  const act = (deed: Deed): void | Promise<void> => {
    switch (deed.what) {
      case 'say':
        return people.say(deed.guest, deed.count)
      case 'reply':
        return people.reply(deed.guest)
      case 'resolve':
        return people.resolve(deed.guest, deed.resolved)
      case 'flush':
        return flush()
      case 'kill':
        awayMs = deed.awayMs
        return machine.killAfter(deed.acts)
      case 'power':
        awayMs = deed.awayMs
        return machine.cutPower(deed.isLost)
      case 'stop':
        return stop(deed.awayMs)
      case 'reload':
        return machine.reload()
      case 'backup':
        return backUp()
      case 'restore':
        return backedUp === undefined ? undefined : restore(backedUp, deed.awayMs)
      case 'clock':
        return machine.setClock(deed.byMs)
      case 'full':
        machine.fillDisk(true)
        return void scheduler.after(deed.forMs, () => machine.fillDisk(false))
      case 'weather':
        return world.begin(deed.weather)
      default:
        return deed satisfies never
    }
  }

  return {
    start,
    perform: (deed) => watch(deed.what, Promise.resolve(act(deed))),
    calm: () => {
      isCalm = true
      world.calm()
      machine.fillDisk(false)
      machine.killAfter(Infinity)
      if (!machine.isRunning()) start()
      people.sayAgain()
      watch('flush', flush())
    },
  }
}
