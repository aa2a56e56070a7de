import { html, toDocument, toMarkup, type Html } from '../util/html.ts'
import { type Line, stateOf, textOf, writerOf } from './lines.ts'
import type { Texts, Transcript } from './lines.ts'

/** A page of its own, for keeping and printing: no scripts, and nothing loaded from outside. */
export async function* toPage({ conversation, pages }: Transcript): Texts {
  const [head = '', end = ''] = frame(conversation).split(messages)
  yield head
  for await (const lines of pages) yield toMarkup(lines.map(item))
  yield end
}

/** Stands for the messages: nothing that is escaped reads like it. */
const messages = '<!-- messages -->'

const style = `
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1b2326; --line: #d8dcd6; --soft: #eef2ef; --muted: #5a6468; --bad: #a3232b; }
@media (prefers-color-scheme: dark) { :root { --ground: #151a1c; --ink: #e7ebea; --line: #39423f; --soft: #1f2624; --muted: #a5afb1; --bad: #ff9d97; } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
ol { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 1rem; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: 12px; break-inside: avoid; }
li.turn { margin-right: 15%; }
li.reply { margin-left: 15%; background: var(--soft); }
p { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
small, header p { color: var(--muted); overflow-wrap: anywhere; }
.failed small { color: var(--bad); }
`

const frame = (conversation: Transcript['conversation']): string => {
  const name = conversation.guest === '' ? 'Guest' : conversation.guest
  return toDocument(
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>Conversation with ${name}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header>
          <h1>${name}</h1>
          <p>${conversation.id}</p>
        </header>
        <main>
          <ol>
            <!-- messages -->
          </ol>
        </main>
      </body>
    </html>`,
  )
}

const item = (line: Line): Html => {
  const at = new Date(line.at).toISOString()
  return html`<li class="${line.direction} ${line.state}">
    <strong>${writerOf(line)}</strong>
    <time datetime="${at}"><small>${at.slice(0, 19).replace('T', ' ')} UTC</small></time>
    <p>${textOf(line)}</p>
    <small>${stateOf(line)}</small>
  </li>`
}
