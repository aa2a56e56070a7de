import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { systemClock } from '../../src/clock.ts'
import type { Clock } from '../../src/port.ts'
import { silentLog } from '../fakes/log.ts'
import type { FakeServer } from '../fakes/server.ts'
import { createFakeConnector } from './fake-connector.ts'

/** A sandbox with a connector of its own. */
export interface StartedSandbox {
  readonly sandbox: Sandbox
  readonly connector: FakeServer
  close(): Promise<void>
}

/** Time that passes by itself but never ends a sleep, so that nothing in a test depends on how long things take. */
const clock: Clock = {
  ...systemClock,
  sleep: (_, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) resolve()
      signal?.addEventListener('abort', () => resolve(), { once: true })
    }),
}

/** Starts both on free ports; the connector can be made to fail. */
export const startSandbox = async (options: { readonly clock?: Clock } = {}): Promise<StartedSandbox> => {
  const connector = await createFakeConnector(() => sandbox)
  const sandbox = await createSandbox({
    clock,
    random: Math.random,
    fetch,
    log: silentLog,
    webhookToken: 'hook-token',
    port: 0,
    ...options,
  })
  sandbox.connectTo(connector.url)
  return {
    sandbox,
    connector,
    close: async () => {
      await sandbox.close()
      await connector.close()
    },
  }
}
