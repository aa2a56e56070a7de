import type { Route } from '../port.ts'
import { fill, type Texts } from '../relay/texts.ts'
import { html, type Html, type Piece } from '../util/html.ts'
import { publicPage } from './page.ts'

export interface PublicPagesOptions {
  readonly texts: Texts
  /** Where guests write, by the names that they know: `Slack`, `Booking.com`. */
  readonly platformNames: readonly string[]
  /** Texts and names older than this are erased; undefined: never. */
  readonly retentionMs: number | undefined
}

/** `/` and `/privacy`: what this is, and what becomes of what guests write. Stores of apps lead people there. */
export const createPublicPages = (options: PublicPagesOptions): readonly Route[] => {
  const { texts, platformNames, retentionMs } = options
  const values = {
    platforms: new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(platformNames),
    kept:
      retentionMs === undefined
        ? texts.privacyKept
        : fill(texts.privacyErased, { time: toTime(retentionMs) }),
  }
  const about = publicPage({
    title: texts.aboutTitle,
    content: html`<h1>${texts.aboutTitle}</h1>
      ${toBlocks(fill(texts.about, values))}
      <nav>
        <a href="/privacy">${texts.privacyTitle}</a> <a href="/privacy#terms">${texts.termsTitle}</a>
      </nav>`,
  })
  const privacy = publicPage({
    title: texts.privacyTitle,
    content: html`<h1>${texts.privacyTitle}</h1>
      ${toBlocks(fill(texts.privacy, values))}
      <h2 id="terms">${texts.termsTitle}</h2>
      ${toBlocks(fill(texts.terms, values))}
      <nav><a href="/">${texts.aboutTitle}</a></nav>`,
  })
  return [
    { method: 'GET', path: '/', handle: async () => about },
    { method: 'GET', path: '/privacy', handle: async () => privacy },
  ]
}

const units = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A span of time in the largest unit of which there is one: `30 days`, `1 hour`. */
function toTime(ms: number): string {
  const [unit, length] = units.find(([, size]) => ms >= size) ?? units[2]
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  }).format(ms / length)
}

/** Text for people as HTML: an empty line ends a paragraph, `# ` begins a heading. */
function toBlocks(text: string): readonly Html[] {
  return text
    .split(/\n\s*\n|\n(?=# )|(?<=^# .*)\n/m)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map((block) =>
      block.startsWith('# ') ? html`<h2>${block.slice(2)}</h2>` : html`<p>${toLinks(block)}</p>`,
    )
}

/** Addresses in a text can be followed. */
function toLinks(text: string): Piece {
  const parts = text.split(/(https:\/\/[^\s<>()]*[^\s<>().,;:!?]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/)
  return parts.map((part, index) => {
    if (index % 2 === 0) return part
    return html`<a href="${part.startsWith('https:') ? part : `mailto:${part}`}">${part}</a>`
  })
}
