import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { settingNames } from '../../src/config/names.ts'
import { platforms } from '../../src/platforms.ts'

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

/** A stop takes 10 s at most. */
const stopSeconds = 10

test('compose.yaml gives a stop the time it may take, and only settings that there are', () => {
  const { services } = parse(read('compose.yaml')) as {
    readonly services: {
      readonly connector: { readonly environment: object; readonly stop_grace_period: string }
    }
  }
  const { environment, stop_grace_period: grace } = services.connector
  expect(Number.parseInt(grace, 10)).toBeGreaterThan(stopSeconds)
  for (const name of Object.keys(environment)) expect(settingNames(platforms)).toContain(name)
})

test('compose.yaml has what its balancer and its proxy ask for', () => {
  const { services, configs, volumes } = parse(read('compose.yaml')) as Compose
  for (const { configs: used = [], volumes: mounted = [] } of Object.values(services)) {
    for (const { source } of used) expect(read(configs[source]?.file ?? '')).not.toBe('')
    for (const mount of mounted) expect(Object.keys(volumes)).toContain(mount.split(':')[0])
  }
  const balancer = read(configs['balancer']?.file ?? '')
  const [, name = '', port = ''] = /server-template \w+ \d+ (\w+):(\d+)/.exec(balancer) ?? []
  expect(String(services[name]?.environment?.['PORT'])).toBe(port)
  const [, bound = ''] = /bind :(\d+)/.exec(balancer) ?? []
  expect(services['https']?.environment).toMatchObject({ CONNECTOR: `balancer:${bound}` })
  expect(services['balancer']?.ports).toEqual([`127.0.0.1:${bound}:${bound}`])
  for (const { image = 'built:here' } of Object.values(services)) expect(image).toMatch(/:[\w.-]+$/)
})

test('the balancer repeats nothing that it has sent', () => {
  const balancer = read('manifest/balancer/haproxy.cfg')
  expect(balancer.match(/^ *retry-on .*$/gm)).toEqual(['    retry-on conn-failure'])
  expect(balancer).toMatch(/^ *http-check send meth GET uri \/readyz /m)
})

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image?: string
        readonly environment?: Readonly<Record<string, unknown>>
        readonly ports?: readonly string[]
        readonly configs?: readonly { readonly source: string }[]
        readonly volumes?: readonly string[]
      }
    >
  >
  readonly configs: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: object
}

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
  const pages = [
    'README.md',
    'manifest/README.md',
    'src/config/README.md',
    'src/mews/README.md',
    ...['slack', 'botframework', 'channex'].map((name) => `adapters/${name}/README.md`),
  ]
    .map((path) => read(path))
    .join('\n')
  const shown = Array.from(pages.matchAll(/ *```sh\n([^]*?)```/g), ([, block = '']) => block)
  const lines = [...shown, read('.env.example')].flatMap((text) => text.split('\n'))
  const settings = lines.filter((line) => /^\s*#?[A-Za-z_]+=/.test(line))
  expect(settings.length).toBeGreaterThan(20)
  expect(settings.filter((line) => /=.*\s#/.test(line))).toEqual([])
})

test('compose.yaml says that the password stands in an address as it is', () => {
  expect(read('compose.yaml')).toMatch(/^# POSTGRES_PASSWORD .*openssl rand -hex 32/m)
})
