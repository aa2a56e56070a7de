import { type Command, type CommandOption, exitCodes, UsageError } from '../command.ts'

const program = 'mews-chat'

const help: Readonly<Record<string, CommandOption>> = {
  help: { type: 'boolean', short: 'h', help: 'Show this.' },
}

const shells: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish }

/** Makes what a shell needs to complete commands and options, from the commands themselves. */
export const createCompletionCommand = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  parameters: 'bash | zsh | fish',
  summary: 'Print what your shell needs to complete commands and options.',
  details: 'In zsh, it goes behind compinit.',
  examples: [
    'mews-chat completion bash >> ~/.bashrc',
    'mews-chat completion zsh >> ~/.zshrc',
    'mews-chat completion fish > ~/.config/fish/completions/mews-chat.fish',
  ],
  options: {},
  run: async ({ positionals }, world) => {
    const [shell = '', ...others] = positionals
    const write = Object.hasOwn(shells, shell) ? shells[shell] : undefined
    if (write === undefined || others.length > 0)
      throw new UsageError(`completion takes one of ${Object.keys(shells).join(', ')}.`)
    world.print(write(commands()))
    return exitCodes.done
  },
})

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(([name]) => `--${name}`)
    return `    ${command.name}) words=${quoted([...wordsOf(command), ...options].join(' '))} ;;`
  })
  return [
    '_mews_chat() {',
    '  local words=',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words=${quoted([...commands.map(({ name }) => name), '--help', '--version'].join(' '))}`,
    '  else case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac; fi',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    `complete -o default -F _mews_chat ${program}`,
  ].join('\n')
}

/** Options of a command, its help among them. */
function optionsOf({ options }: Command): readonly (readonly [string, CommandOption])[] {
  return Object.entries({ ...options, ...help })
}

/** In single quotes, for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Plain words that may follow a command, out of its own description: `slack | teams [options]`. */
function wordsOf({ parameters }: Command): readonly string[] {
  return (parameters.replaceAll(/<[^>]*>|\[options\]/g, ' ').match(/(?<![\w-])[a-z][a-z-]+/g) ?? []).filter(
    (word, index, all) => all.indexOf(word) === index,
  )
}

function zsh(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(([name, { type, help: about }]) =>
      quoted(`--${name}${type === 'string' ? '=' : ''}[${zshText(about)}]`),
    )
    const words = wordsOf(command)
    const first = words.length === 0 ? "'*:file:_files'" : `'2:what:(${words.join(' ')})' '*:file:_files'`
    return `    ${command.name}) _arguments ${first} ${options.join(' ')} ;;`
  })
  return [
    `#compdef ${program}`,
    '_mews_chat() {',
    '  if (( CURRENT == 2 )); then',
    '    local -a commands=(',
    ...commands.map(({ name, summary }) => `      ${quoted(`${name}:${zshText(summary)}`)}`),
    '    )',
    '    _describe command commands',
    '  else case $words[2] in',
    ...cases,
    '  esac; fi',
    '}',
    `compdef _mews_chat ${program}`,
  ].join('\n')
}

/** Escapes the characters that `_describe` and `_arguments` interpret. */
function zshText(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`)
}

function fish(commands: readonly Command[]): string {
  const begin = `complete -c ${program}`
  return commands
    .flatMap((command) => {
      const { name, summary } = command
      const within = `${begin} -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`
      const words = wordsOf(command)
      return [
        `${begin} -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
        ...(words.length === 0 ? [] : [`${within} -a ${quoted(words.join(' '))}`]),
        ...optionsOf(command).map(
          ([option, { type, short, help: about }]) =>
            `${within} -l ${option}${short === undefined ? '' : ` -s ${short}`}${type === 'string' ? ' -r' : ''} -d ${quoted(about)}`,
        ),
      ]
    })
    .join('\n')
}
