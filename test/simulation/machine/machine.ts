import { readConfig } from '../../../src/config/read.ts'
import { createLog } from '../../../src/log.ts'
import { platforms } from '../../../src/platforms.ts'
import type { Clock, Settings } from '../../../src/port.ts'
import { createRuntime, type Runtime } from '../../../src/runtime.ts'
import { backUpSqlite } from '../../../src/store/sqlite/backup.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Chance } from '../../e2e/crash/random.ts'
import { createDisk } from './disk.ts'
import { createMemoryHttpServer } from './http.ts'
import type { Caller, Handle, Network } from './network.ts'
import type { Scheduler } from './scheduler.ts'
import { createSlowStore } from './slow-store.ts'

/** The machine on which the connector runs: its clock, its disk and its one process. */
export interface Machine {
  /** What its clock shows. */
  readonly now: () => number
  /** Somebody sets its clock. */
  setClock(byMs: number): void
  isRunning(): boolean
  /** Starts the connector; does nothing while it runs. */
  start(): Promise<void>
  /** As SIGTERM does. */
  stop(): Promise<void>
  reload(): Promise<void>
  /** The process ends after so many more of its acts: calls of the database, statements, requests, answers. */
  killAfter(acts: number): void
  /** The power ends at once; `isLost`: what was not written through is gone. */
  cutPower(isLost: boolean): void
  fillDisk(isFull: boolean): void
  /** The process could not start, and ends. */
  abandon(): void
  backUp(): Promise<void>
  /** Puts the last copy in the place of the database; the connector must not run. */
  putBack(): void
  /** Called whenever the process has ended without being asked. */
  onEnd(listener: () => void): void
  /** How often the process has ended without being asked. */
  readonly ends: number
}

export interface MachineOptions {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly chance: Chance
  readonly settings: Settings
  /** Of the connector. */
  readonly address: string
  /** Where its database is at first. */
  readonly database: string
  readonly write: (by: 'machine' | 'connector', text: string) => void
}

/** A process, in the sense of this simulation: it lives until it is told to end, and then nothing it does has any effect. */
interface Process {
  readonly caller: Caller
  readonly runtime: () => Runtime | undefined
  start(): Promise<void>
  end(): void
}

const epoch = Date.parse('2026-11-02T17:20:05.250Z')

/** True time, which platforms have. */
export const trueTime = ({ now }: Pick<Scheduler, 'now'>): number => epoch + now()

export const createMachine = (options: MachineOptions): Machine => {
  const { scheduler, database } = options
  let wrongMs = 0
  let acts = 0
  let endAt = Infinity
  let running: Process | undefined
  let copies = 0
  let endCount = 0
  const ends: (() => void)[] = []
  const now = (): number => trueTime(scheduler) + wrongMs

  const end = (): void => {
    if (running === undefined) return
    running.end()
    running = undefined
    endAt = Infinity
    endCount += 1
  }
  const kill = (): void => {
    options.write('machine', 'the process is killed')
    end()
    disk.drop()
    for (const listener of ends) listener()
  }
  const act = (process: Caller | undefined): void => {
    if (process !== undefined && !process.isAlive()) throw new Ended()
    acts += 1
    if (acts < endAt || running === undefined) return
    kill()
    throw new Ended()
  }
  const disk = createDisk(database, () => act(running?.caller))

  return {
    now,
    setClock: (byMs) => {
      options.write('machine', `the clock is set by ${byMs} ms`)
      wrongMs += byMs
    },
    isRunning: () => running !== undefined,
    start: async () => {
      if (running !== undefined) return
      const process = createProcess({ ...options, now, act, path: disk.path })
      running = process
      options.write('machine', 'the connector starts')
      await process.start()
    },
    stop: async () => {
      const process = running
      const runtime = process?.runtime()
      if (process === undefined || runtime === undefined) return
      options.write('machine', 'the connector is asked to stop')
      await runtime.stop()
      if (running !== process) return
      options.write('machine', 'the connector has stopped')
      end()
    },
    reload: async () => {
      const runtime = running?.runtime()
      if (runtime === undefined) return
      options.write('machine', 'the configuration is read again')
      await runtime.reload(configure(options.settings, disk.path))
    },
    killAfter: (more) => {
      endAt = acts + more
    },
    cutPower: (isLost) => {
      if (running === undefined) return
      options.write(
        'machine',
        isLost ? 'the power fails; what was not written through is lost' : 'the power fails',
      )
      end()
      disk.cutPower(isLost)
      for (const listener of ends) listener()
    },
    fillDisk: (isFull) => {
      if (isFull) options.write('machine', 'the disk is full')
      disk.fill(isFull)
    },
    abandon: () => {
      end()
      disk.drop()
      for (const listener of ends) listener()
    },
    backUp: async () => {
      copies += 1
      options.write('machine', 'the database is backed up')
      const to = `${database}.copy-${copies}`
      await backUpSqlite({ from: disk.path, to, clock: clockOf(scheduler, now), onProgress: () => {} })
    },
    putBack: () => {
      options.write('machine', 'a backup is put back')
      disk.replace(`${database}.copy-${copies}`)
    },
    onEnd: (listener) => void ends.push(listener),
    get ends() {
      return endCount
    },
  }
}

/** What a process that has ended meets instead of an answer. */
class Ended extends Error {
  override readonly name = 'Ended'
}

/** Whether a failure comes from that: closed databases, and answers that never came. */
export const isOfEnded = (error: unknown): boolean =>
  error instanceof Ended ||
  (error instanceof Error && (/database is not open/.test(error.message) || isOfEnded(error.cause)))

const configure = (settings: Settings, path: string) =>
  readConfig({
    environment: { ...settings, DATABASE_URL: `sqlite:${path}` },
    readFile: () => '',
    platforms,
    version: '0.0.0',
  })

interface ProcessOptions extends MachineOptions {
  readonly now: () => number
  readonly act: (caller: Caller) => void
  readonly path: string
}

function createProcess(options: ProcessOptions): Process {
  const { scheduler, network, chance, now, write, path, settings, address } = options
  let isAlive = true
  let runtime: Runtime | undefined
  const broken = new Set<() => void>()
  const caller: Caller = {
    name: 'connector',
    isAlive: () => isAlive,
    act: () => {
      if (isAlive) options.act(caller)
    },
  }
  const log = createLog({
    level: 'info',
    pretty: false,
    output: { write: (line) => void (isAlive && write('connector', line.trimEnd())) },
  })
  const listen = (handle: Handle): (() => void) =>
    network.listen(address, (request) => {
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Handle>>>()
      const breakOff = (): void => reject(new Ended())
      broken.add(breakOff)
      void promise.catch(() => {}).finally(() => broken.delete(breakOff))
      void Promise.resolve(handle(request)).then(resolve, reject)
      return promise
    })

  return {
    caller,
    runtime: () => runtime,
    start: async () => {
      const clock = clockOf(scheduler, now, () => isAlive)
      const environment = {
        clock,
        random: () => chance.next(),
        fetch: network.fetch(caller),
        log,
        version: '0.0.0',
      }
      const made = await createRuntime(configure(settings, path), platforms, environment, {
        openStore: async (given) =>
          createSlowStore(await openStore({ ...given, apart: false }), { scheduler, chance, caller }),
        createHttpServer: createMemoryHttpServer(listen),
      })
      await made.start()
      if (isAlive) runtime = made
    },
    end: () => {
      isAlive = false
      for (const breakOff of broken) breakOff()
    },
  }
}

/** The clock of one process; who sleeps when it ends sleeps for ever. */
function clockOf(scheduler: Scheduler, now: () => number, isAlive: () => boolean = () => true): Clock {
  const startedAt = scheduler.now()
  return {
    now: () => Math.floor(now()),
    monotonic: () => scheduler.now() - startedAt,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const wake = (): void => {
          cancel()
          signal?.removeEventListener('abort', wake)
          if (isAlive()) resolve()
        }
        const cancel = scheduler.after(ms, wake)
        return signal?.addEventListener('abort', wake)
      }),
  }
}
