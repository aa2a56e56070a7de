import type { Command } from '../../../src/port.ts'

const commands: Readonly<Record<string, Command>> = { help: 'help', status: 'status', new: 'new' }

/** The command that a text is when it says nothing else. */
export const readAsk = (text: string): Command | undefined =>
  /^(?:help|status|new)$/i.test(text.trim()) ? commands[text.trim().toLowerCase()] : undefined
