import { createBalancer, type Balancer } from './balancer.ts'
import { type ConnectorProcess, createConnectorProcess } from './connector-process.ts'

/** Several processes of the program on one database, behind a load balancer. */
export interface Cluster extends ConnectorProcess {
  readonly instances: readonly ConnectorProcess[]
  readonly balancer: Balancer
}

/** Prepares `count` processes with the same settings, which must name a database for all of them; `atStart`: further ones for each start of each. */
export const createCluster = async (
  count: number,
  settings: (url: string) => Readonly<Record<string, string>>,
  atStart: () => Readonly<Record<string, string>> = () => ({}),
): Promise<Cluster> => {
  const balancer = await createBalancer(() => instances.map(({ url }) => url))
  const given = settings(balancer.url)
  const instances = await Promise.all(
    Array.from({ length: count }, () => createConnectorProcess(() => given, { atStart })),
  )
  const all = <Result>(act: (instance: ConnectorProcess) => Promise<Result>): Promise<readonly Result[]> =>
    Promise.all(instances.map(act))
  return {
    url: balancer.url,
    settings: given,
    environment: given,
    instances,
    balancer,
    get pid() {
      return instances[0]?.pid ?? NaN
    },
    get output() {
      return instances.map(({ output }) => output).join('\n')
    },
    start: async () => void (await all((instance) => instance.start())),
    kill: async () => void (await all((instance) => instance.kill())),
    freeze: () => {
      for (const instance of instances) instance.freeze()
    },
    thaw: () => {
      for (const instance of instances) instance.thaw()
    },
    hangUp: () => {
      for (const instance of instances) instance.hangUp()
    },
    stop: async () => {
      const codes = await all((instance) => instance.stop())
      return codes.find((code) => code !== 0) ?? 0
    },
    dispose: async () => {
      await all((instance) => instance.dispose())
      await balancer.close()
    },
  }
}
