import type { Command, CommandOption } from './command.ts'
import { table } from './output.ts'

const common: Readonly<Record<string, CommandOption>> = {
  help: { type: 'boolean', short: 'h', help: 'Show this.' },
}

const exitLines = `Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`

/** The help of the whole executable. */
export const generalHelp = (commands: readonly Command[]): string =>
  [
    'Usage: mews-chat <command> [options]',
    '',
    'Commands:',
    table(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    'Options:',
    optionLines({ ...common, version: { type: 'boolean', short: 'v', help: 'Show the version.' } }),
    '',
    'Settings come from the environment, .env and CONFIG_FILE; every command works while the connector runs and while it',
    'does not. mews-chat help <command> tells more.',
    exitLines,
  ].join('\n')

/** One command's help. */
export const commandHelp = ({ name, parameters, summary, details, examples, options }: Command): string =>
  [
    `Usage: mews-chat ${[name, parameters].filter((part) => part !== '').join(' ')}`,
    '',
    summary,
    ...(details === undefined ? [] : ['', wrap(details)]),
    '',
    'Options:',
    optionLines({ ...options, ...common }),
    '',
    'Examples:',
    ...examples.map((lines) => lines.replaceAll(/^/gm, '  ')),
    '',
    exitLines,
  ].join('\n')

const optionLines = (options: Readonly<Record<string, CommandOption>>): string =>
  table(Object.entries(options).map(optionRow))

const optionRow = ([name, { short, value, help }]: readonly [string, CommandOption]): readonly string[] => [
  `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  help,
]

/** Lines no longer than a terminal's, broken between words; shorter ones stay as they are. */
const wrap = (text: string): string => text.replaceAll(/(?=.{116})(.{1,115}) /g, '$1\n')
