import { hash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; --ground: #f2f3ef; --surface: #fff; --ink: #1b2326; --muted: #576268; --line: #dcdfd8; --accent: #176259; --on: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ground: #111517; --surface: #1a2022; --ink: #e7ebea; --muted: #a2adb0; --line: #313a3d; --accent: #74c9bb; --on: #06211d }
}
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, 'Segoe UI', Roboto, sans-serif }
main { box-sizing: border-box; width: min(30rem, calc(100vw - 2rem)); padding: 2.5rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: 16px }
h1 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25 }
p { margin: 0 0 1rem; color: var(--muted) }
a { display: inline-block; margin-top: .5rem; padding: .7rem 1.3rem; border-radius: 10px; background: var(--accent);
  color: var(--on); font-weight: 600; text-decoration: none }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
`

const styleHash = hash('sha256', style, 'base64')

/** Nothing may run, load or frame on these pages; their one style sheet is known by its hash. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => escapes[found] ?? '')

/** What a page says, in plain text, and where its button leads. */
export interface Page {
  readonly title: string
  readonly lines: readonly string[]
  readonly button?: { readonly label: string; readonly url: string }
}

/** A page as HTML; everything in it is escaped. */
export const toHtml = ({ title, lines, button }: Page): string => {
  const paragraphs = lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')
  const link =
    button === undefined ? '' : `\n<a href="${escapeHtml(button.url)}">${escapeHtml(button.label)}</a>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs}${link}
</main>
</body>
</html>
`
}
