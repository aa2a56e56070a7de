import { describe, expect, it, test } from 'vitest'
import { createLog, gatherLines, type LogLevel } from '../src/log.ts'
import type { Log } from '../src/port.ts'
import { StoreError } from '../src/store/error.ts'
import { quote } from '../src/util/text.ts'

const capture = (level: LogLevel, pretty = false): { log: Log; lines: readonly string[] } => {
  const lines: string[] = []
  return { log: createLog({ level, pretty, output: { write: (line) => lines.push(line) } }), lines }
}

const failure = (): Error =>
  new Error(`It broke. ${'x'.repeat(500)}`, { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })

test('the lines of one turn are written together, in order, and what is left at the end', async () => {
  const written: string[] = []
  const output = gatherLines({ write: (text) => written.push(text) })
  output.write('a\n')
  output.write('b\n')
  expect(written).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  output.write('c\n')
  output.flush()
  expect(written).toEqual(['a\nb\n', 'c\n'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(written).toHaveLength(2)
})

describe('the log', () => {
  it('is one JSON object for each line, with level and time in words', () => {
    const { log, lines } = capture('info')
    log.info({ lane: 'turn:slack:1' }, 'Delivered')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.endsWith('}\n')).toBe(true)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      lane: 'turn:slack:1',
      msg: 'Delivered',
    })
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = capture('warn')
    log.debug({}, 'a')
    log.info({}, 'b')
    log.warn({}, 'c')
    log.error({}, 'd')
    expect(lines).toHaveLength(2)
  })

  it('tells an error’s name, code and the beginning of its message', () => {
    const { log, lines } = capture('info')
    log.error({ err: failure() }, 'Failed')
    const { err } = JSON.parse(lines[0] ?? '') as { err: Record<string, string> }
    expect(err).toEqual({
      name: 'Error',
      code: 'ECONNRESET',
      message: expect.stringMatching(/^It broke\. x{290}$/),
    })
  })

  it('tells the stack only while debugging, and nothing of what is thrown but no error', () => {
    const { log, lines } = capture('debug')
    log.error({ err: failure() }, 'Failed')
    log.error({ err: { token: 'secret' } }, 'Failed')
    expect(lines[0]).toContain('log.test.ts')
    expect(lines[1]).toContain('"err":"object"')
  })

  it.each(['info', 'debug'] as const)('never tells at %s what could not be parsed', (level) => {
    const { log, lines } = capture(level)
    try {
      JSON.parse('the words of a guest')
    } catch (error) {
      log.error({ err: error }, 'Failed')
    }
    expect(lines[0]).toContain('SyntaxError')
    expect(lines[0]).not.toContain('guest')
  })

  it.each(['info', 'debug'] as const)('never tells at %s what another system says', (level) => {
    const { log, lines } = capture(level)
    const said = `refused: ${quote('Invalid Text: “the words of a guest” are bad')}; see what it says`
    const value = Object.assign(new Error('invalid input syntax: "the words of a guest"'), { code: '22P02' })
    const wrapped = new StoreError('invalid', `The database refused a value: ${value.message}`, {
      cause: value,
    })
    log.error({ reason: said }, 'turn failed')
    log.error({ reason: said.slice(0, 40) }, 'turn failed')
    log.error({ err: new Error(said) }, 'lane waits')
    log.error({ err: value }, 'lane waits')
    log.error({ err: wrapped }, 'lane waits')
    log.error({ err: Object.assign(new Error(''), { code: 'words of a guest' }) }, 'lane waits')
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(logged[0]).toMatchObject({ reason: 'refused: “…”; see what it says' })
    expect(logged[2]).toMatchObject({ err: { message: 'refused: “…”; see what it says' } })
    expect(logged[3]).toMatchObject({ err: { name: 'Error', code: '22P02' } })
    expect(lines.join('')).not.toContain('guest')
  })

  it('is readable at a terminal', () => {
    const { log, lines } = capture('info', true)
    log.warn({ lane: 'turn:slack:1', attempts: 3, parts: [1, 2] }, 'Not delivered')
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}Not delivered {2}lane=turn:slack:1 {2}attempts=3 {2}parts=\[1,2\]\n$/,
    )
  })
})
