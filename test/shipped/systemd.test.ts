/** The systemd unit against what the program does. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findProgram, runProgram } from '../optional/programs.ts'

const path = fileURLToPath(new URL('../../manifest/systemd/mews-chat.service', import.meta.url))
const unit = readFileSync(path, 'utf8')
const valueOf = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]
const analyze = findProgram('systemd-analyze')

test('the unit runs the executable of the package, and tells it of changed settings', () => {
  const { bin } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly bin: object
  }
  const [name = '', command] = valueOf('ExecStart')?.split(' ') ?? []
  expect(Object.keys(bin)).toContain(name)
  expect(command).toBe('serve')
  expect(valueOf('ExecReload')).toBe('kill -HUP $MAINPID')
})

test('a stop has the time that it may take, and wrong settings are not tried again', () => {
  expect(Number(valueOf('TimeoutStopSec'))).toBeGreaterThan(10)
  expect(valueOf('Restart')).toBe('always')
  expect(valueOf('RestartPreventExitStatus')).toBe('2')
})

test('settings and data are in a folder of its own, and settings are read by the program, which can read them anew', () => {
  expect(valueOf('WorkingDirectory')).toBe(`/var/lib/${valueOf('StateDirectory')}`)
  expect(valueOf('StateDirectoryMode')).toBe('0700')
  expect(valueOf('EnvironmentFile')).toBeUndefined()
})

test.skipIf(analyze === undefined)('systemd rates what the unit leaves open to an intruder as little', () => {
  const rated = runProgram(analyze ?? '', ['security', '--offline=true', '--no-pager', path])
  const [, exposure = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(rated) ?? []
  expect(Number(exposure)).toBeLessThan(2)
})
