/** The files for Kubernetes against what the program and its image do. */
import { globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { settingNames } from '../../src/config/names.ts'
import { platforms } from '../../src/platforms.ts'
import { findProgram, runProgram } from '../optional/programs.ts'

const repository = new URL('../..', import.meta.url)
const folder = 'manifest/kubernetes'
const readText = (path: string): string => readFileSync(new URL(path, repository), 'utf8')
const read = (path: string): unknown => parse(readText(`${folder}/${path}`))

interface Kustomization {
  readonly resources: readonly string[]
  readonly images?: readonly { readonly name: string }[]
}
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly Container[]
        readonly topologySpreadConstraints: readonly object[]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
  }
}
interface Container {
  readonly image: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}
interface Ingress {
  readonly spec: {
    readonly rules: readonly { readonly http: { readonly paths: readonly IngressPath[] } }[]
  }
}
interface IngressPath {
  readonly path: string
  readonly pathType: 'Exact' | 'Prefix'
}

const labels = { 'app.kubernetes.io/name': 'mews-chat' }
const { spec: pod } = (read('deployment.yaml') as Deployment).spec.template
const [container] = pod.containers
/** For those who run the connector. */
const inside = ['/metrics', '/healthz', '/readyz']

/** Every path that a route of the program has, as the sources say it. */
const routePaths = (): readonly string[] =>
  globSync(['src/**/*.ts', 'adapters/**/*.ts'], { cwd: fileURLToPath(repository) })
    .filter((path) => !path.includes('sandbox'))
    .flatMap((path) =>
      Array.from(readText(path).matchAll(/(?:path: |Path = )'(\/[^']*)'/g), ([, found = '']) => found),
    )

const lets = ({ path, pathType }: IngressPath, asked: string): boolean =>
  pathType === 'Exact' ? asked === path : asked === path || asked.startsWith(path.replace(/\/?$/, '/'))

test('two connectors are replaced one by one, apart from each other, and have no privileges', () => {
  expect(read('deployment.yaml')).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'mews-chat', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              envFrom: [{ secretRef: { name: 'mews-chat' } }],
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
              startupProbe: { httpGet: { path: '/healthz', port: 'http' } },
              livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  })
  expect(pod.topologySpreadConstraints.map((each) => Reflect.get(each, 'topologyKey'))).toEqual([
    'kubernetes.io/hostname',
    'topology.kubernetes.io/zone',
  ])
})

test('a stop has the time that it may take, and its delay is a part of it', () => {
  const set = new Map(container?.env.map(({ name, value }) => [name, value]))
  for (const name of set.keys()) expect(settingNames(platforms)).toContain(name)
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10)
  expect(Number(set.get('STOP_DELAY_SECONDS'))).toBeGreaterThan(0)
  expect(Number(set.get('STOP_DELAY_SECONDS'))).toBeLessThanOrEqual(4)
  expect(container?.ports).toEqual([{ name: 'http', containerPort: Number(set.get('PORT')) }])
})

test('it has what the image expects: port, folder for data, and a place to write', () => {
  const dockerfile = readText('Dockerfile')
  expect(dockerfile).toContain(`EXPOSE ${container?.ports[0]?.containerPort}`)
  const mounted = container?.volumeMounts.map(({ mountPath }) => mountPath) ?? []
  expect(mounted).toEqual(['/app/data', '/tmp'])
  expect(dockerfile).toMatch(/^VOLUME \[?"?\/app\/data/m)
  expect(pod.volumes.map(({ name }) => name)).toEqual(container?.volumeMounts.map(({ name }) => name))
})

test('Service, PodDisruptionBudget and ServiceMonitor select its pods', () => {
  expect(read('service.yaml')).toMatchObject({
    metadata: { name: 'mews-chat', labels },
    spec: { selector: labels, ports: [{ name: 'http', targetPort: 'http' }] },
  })
  expect(read('pod-disruption-budget.yaml')).toMatchObject({
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  })
  expect(read('service-monitor/service-monitor.yaml')).toMatchObject({
    spec: { selector: { matchLabels: labels }, endpoints: [{ port: 'http', path: '/metrics' }] },
  })
})

test('the alert rules look for the job that the ServiceMonitor makes of the Service', () => {
  const jobs = Array.from(
    readText('manifest/prometheus/alerts.yaml').matchAll(/job="([^"]+)"/g),
    ([, job]) => job,
  )
  expect(jobs.length).toBeGreaterThan(1)
  expect(new Set(jobs)).toEqual(new Set(['mews-chat']))
})

test('the Ingress lets through every route for the outside, and none for the inside', () => {
  const paths = (read('ingress/ingress.yaml') as Ingress).spec.rules.flatMap(({ http }) => http.paths)
  const routes = routePaths()
  for (const known of ['/slack/events', '/channex/webhooks', ...inside]) expect(routes).toContain(known)
  const stopped = routes.filter((route) => !paths.some((path) => lets(path, route)))
  expect([...new Set(stopped)].toSorted()).toEqual(inside.toSorted())
})

describe('kustomize', () => {
  const kubectl = findProgram('kubectl')
  const parts = ['', '/service-monitor', '/ingress']

  test.each(parts)('manifest/kubernetes%s names every file of its folder', (part) => {
    const { resources } = read(`${part}/kustomization.yaml`.replace(/^\//, '')) as Kustomization
    const there = globSync('*.yaml', { cwd: fileURLToPath(new URL(folder + part, repository)) })
    expect([...resources, 'kustomization.yaml'].toSorted()).toEqual(there.toSorted())
  })

  test.skipIf(kubectl === undefined)('makes of them what is applied, with the image replaced', () => {
    const made = runProgram(kubectl ?? '', ['kustomize', fileURLToPath(new URL(folder, repository))])
    expect(Array.from(made.matchAll(/^kind: (\w+)$/gm), ([, kind = '']) => kind).toSorted()).toEqual([
      'Deployment',
      'PodDisruptionBudget',
      'Service',
    ])
    expect(made).toMatch(/^ *(?:- )?image: registry\.example\.com\/mews-chat:[\w.-]+$/m)
  })
  test.skipIf(kubectl === undefined)('takes the example of manifest/README.md', async () => {
    const [, example = ''] =
      /```yaml\n(# chat\/kustomization\.yaml\n[^]*?)```/.exec(readText('manifest/README.md')) ?? []
    const home = await mkdtemp(join(tmpdir(), 'kustomize-'))
    try {
      const own = join(home, 'chat')
      await mkdir(own)
      await symlink(fileURLToPath(repository), join(home, 'mews-chat-connector'))
      await writeFile(join(own, 'kustomization.yaml'), example)
      const made = runProgram(kubectl ?? '', ['kustomize', own])
      expect(made).toContain('image: registry.hotel.example/mews-chat:')
      expect(made).toMatch(/^kind: ServiceMonitor$/m)
      expect(made).toMatch(/^ *- host: chat\.hotel\.example$/m)
      expect(made).not.toContain('chat.example.com')
    } finally {
      await rm(home, { recursive: true })
    }
  })
})
