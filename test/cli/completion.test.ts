import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const print = async (shell: string): Promise<string> => {
  const { code, out } = await runCommand(['completion', shell])
  expect(code).toBe(0)
  return out
}

/** What bash offers for a line whose last word is being typed. */
const complete = (script: string, ...words: readonly string[]): readonly string[] =>
  execFileSync(
    'bash',
    [
      '-c',
      `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mews_chat; echo "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    { encoding: 'utf8' },
  )
    .trim()
    .split(' ')

describe('bash', () => {
  test.each([
    [['mews-chat', 'con'], ['conversations']],
    [
      ['mews-chat', 'deliveries', ''],
      [
        'retry',
        'give-up',
        'mark-delivered',
        '--failed',
        '--waiting',
        '--limit',
        '--yes',
        '--dry-run',
        '--json',
        '--help',
      ],
    ],
    [['mews-chat', 'manifest', 's'], ['slack']],
    [['mews-chat', 'erase', '--g'], ['--guest']],
    [
      ['mews-chat', 'completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
  ])('completes %j', async (words, offered) => {
    expect(complete(await print('bash'), ...words)).toEqual(offered)
  })
})

test.each(['bash', 'zsh', 'fish'])('%s learns every command', async (shell) => {
  const script = await print(shell)
  const { out } = await runCommand(['--help'])
  const names = Array.from(out.matchAll(/^ {2}([a-z-]+) {2,}\S/gm), ([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(9)
  for (const name of names) expect(script).toContain(name)
})

test('quotation marks and colons in a help cannot end a text too early', async () => {
  expect(await print('zsh')).toContain(
    String.raw`--app-id=[teams\: the bot’s app id; default MicrosoftAppId.]`,
  )
  expect((await runCommand(['completion', 'csh'])).code).toBe(2)
})
