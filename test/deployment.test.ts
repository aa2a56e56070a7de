import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { settingNames } from '../src/config/names.ts'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

const blocks = Array.from(read('README.md').matchAll(/```yaml\n([^]*?)```/g), ([, block = '']) => block)
const documents = blocks.flatMap((block) =>
  parseAllDocuments(block).map((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS() as unknown
  }),
)
const find = (kind: string): unknown =>
  documents.find(
    (document) => typeof document === 'object' && document !== null && Reflect.get(document, 'kind') === kind,
  )

const labels = { app: 'mews-chat' }

test('the Deployment of the README asks the real routes, stops gently and has no privileges', () => {
  expect(find('Deployment')).toMatchObject({
    apiVersion: 'apps/v1',
    metadata: { name: 'mews-chat' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 15,
          securityContext: { runAsNonRoot: true, runAsUser: 1000 },
          containers: [
            {
              envFrom: [{ secretRef: { name: 'mews-chat' } }],
              env: [{ name: expect.toSatisfy((name: string) => settingNames.has(name)), value: '3' }],
              ports: [{ name: 'http', containerPort: 3978 }],
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
              livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      },
    },
  })
})

test('Service and PodDisruptionBudget of the README select its pods', () => {
  expect(find('Service')).toMatchObject({
    apiVersion: 'v1',
    spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
  })
  expect(find('PodDisruptionBudget')).toMatchObject({
    apiVersion: 'policy/v1',
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  })
})

test('compose.yaml gives a stop the time it may take, and only settings that there are', () => {
  const { services } = parse(read('compose.yaml')) as {
    readonly services: {
      readonly connector: { readonly environment: object; readonly stop_grace_period: string }
    }
  }
  const { environment, stop_grace_period: grace } = services.connector
  expect(Number.parseInt(grace, 10)).toBeGreaterThan(10)
  for (const name of Object.keys(environment)) expect(settingNames).toContain(name)
})

test('npm start and the container start the executable, which knows by itself what to give Node', () => {
  const { scripts, bin } = JSON.parse(read('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>
    readonly bin: Readonly<Record<string, string>>
  }
  expect(bin).toEqual({ 'mews-chat': 'dist/src/start.cjs' })
  expect(scripts).toMatchObject({ start: 'node src/start.cjs serve', 'mews-chat': 'node src/start.cjs' })
  expect(read('Dockerfile')).toContain('CMD ["node", "dist/src/start.cjs", "serve"]')
})

test('the image has the executable on its PATH, and asks for its health at the port that is set', () => {
  const dockerfile = read('Dockerfile')
  const { bin } = JSON.parse(read('package.json')) as { readonly bin: Readonly<Record<string, string>> }
  for (const [name, path] of Object.entries(bin)) {
    expect(dockerfile).toContain(`chmod +x ${path}`)
    expect(dockerfile).toContain(`ln -s /app/${path} /usr/local/bin/${name}`)
  }
  const [, script = ''] = /^HEALTHCHECK .*CMD \["node", "-e", "(.+)"\]$/m.exec(dockerfile) ?? []
  expect(script).toContain('(process.env.PORT || 3978)')
})

test('no setting that is shown to be copied has a comment behind it: files for containers take that for a part of the value', () => {
  const shown = Array.from(read('README.md').matchAll(/```sh\n([^]*?)```/g), ([, block = '']) => block)
  const lines = [...shown, read('.env.example')].flatMap((text) => text.split('\n'))
  const settings = lines.filter((line) => /^\s*#?[A-Za-z_]+=/.test(line))
  expect(settings.length).toBeGreaterThan(20)
  expect(settings.filter((line) => /=.*\s#/.test(line))).toEqual([])
})

test('compose.yaml says that the password stands in an address as it is', () => {
  expect(read('compose.yaml')).toMatch(/^# POSTGRES_PASSWORD .*openssl rand -hex 32/m)
})
