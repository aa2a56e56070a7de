import { setTimeout as pause } from 'node:timers/promises'
import { type Backups, createBackups } from '../support/backups.ts'
import type { Load } from './load.ts'
import type { BackedUp } from './load-restores.ts'
import type { LosingKeyv } from '../support/losing-keyv.ts'
import type { Chance } from './random.ts'
import type { SystemFixture } from '../support/system-fixture.ts'

/** What happens to the machine and what it has written, around one life of the connector. */
export interface MachineFault {
  readonly name: string
  /** While no process runs. */
  readonly before: () => Promise<void>
  /** While it lives, and maybe dies. */
  readonly meanwhile: () => Promise<void>
}

interface FaultOptions {
  readonly system: SystemFixture
  readonly load: Load
  readonly chance: Chance
  /** Where bindings live, if not in the database. */
  readonly keyv: LosingKeyv | undefined
  /** Whether backups are put back. */
  readonly restores: boolean
}

/** Draws faults: each comes once before one of them comes again, and two lives of three are spared. */
export const createMachineFaults = ({
  restores: drawsRestores,
  ...options
}: FaultOptions): (() => MachineFault) => {
  const { system, load, chance, keyv } = options
  const restores = createRestores(createBackups(system.connector), load)
  const { backUp } = restores
  const loseKeyv = (what: 'everything' | 'the newest') => async (): Promise<void> => {
    if (keyv === undefined) return
    await keyv.lose(what)
    load.loseBindings()
  }
  const soon = (act: () => Promise<void>) => async (): Promise<void> => {
    await pause(chance.between(0, 800))
    await act()
  }
  const backup: MachineFault = { ...spared, name: 'backup', meanwhile: soon(backUp) }
  const lossy: readonly MachineFault[] =
    keyv === undefined
      ? []
      : [
          { ...spared, name: 'Keyv writes', meanwhile: soon(() => keyv.keep()) },
          { ...spared, name: 'Keyv lost its newest', before: loseKeyv('the newest') },
          { ...spared, name: 'Keyv lost everything', before: loseKeyv('everything') },
          { ...spared, name: 'Keyv loses everything', meanwhile: soon(loseKeyv('everything')) },
        ]
  const restore: MachineFault = { ...spared, name: 'restored', before: restores.putBack }
  const faults = [...(drawsRestores ? [backup, restore, backup, restore] : [backup, backup]), ...lossy]
  let deck: MachineFault[] = []
  return () => {
    if (deck.length === 0) deck = [...chance.shuffle(faults.flatMap((fault) => [fault, spared, spared]))]
    const drawn = deck.pop() ?? spared
    return drawn === restore && !restores.hasBackup() ? backup : drawn
  }
}

/** Nothing happens. */
export const spared: MachineFault = { name: '', before: async () => {}, meanwhile: async () => {} }

/** How long an answer that has left a process that was killed may be on its way to us. */
const onItsWayMs = 200

/** Backups, and what the load had written when they were made. */
function createRestores(backups: Backups, load: Load) {
  let backedUp: BackedUp | undefined
  return {
    hasBackup: () => backedUp !== undefined,
    backUp: async (): Promise<void> => {
      const now = load.backUp()
      await backups.make()
      backedUp = now
    },
    putBack: async (): Promise<void> => {
      if (backedUp === undefined) return
      await pause(onItsWayMs)
      await backups.putBack()
      load.putBack(backedUp)
    },
  }
}
