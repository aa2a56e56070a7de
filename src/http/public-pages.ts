import type { Route } from '../port.ts'
import type { Texts } from '../relay/texts.ts'
import { formatDuration } from '../util/text.ts'
import { html, type Html, type Piece } from '../util/html.ts'
import { publicPage } from './page.ts'

export interface PublicPagesOptions {
  readonly texts: Texts
  /** Where guests write, by the names that they know: `Slack`, `Booking.com`. */
  readonly platformNames: readonly string[]
  /** Texts and names older than this are erased; undefined: never. */
  readonly retentionMs: number | undefined
  /** Whether guests' stays are looked up. */
  readonly looksUpStays?: boolean
}

/** `/` and `/privacy`: what this is, and what happens to what guests write. App stores link to them. */
export const createPublicPages = (options: PublicPagesOptions): readonly Route[] => {
  const { texts, platformNames, retentionMs, looksUpStays = false } = options
  const language = texts.languageOf('privacy')
  const values = {
    platforms: new Intl.ListFormat(language, { type: 'disjunction' }).format(platformNames),
    kept:
      retentionMs === undefined
        ? texts.say('privacyKept')
        : texts.say('privacyErased', { time: formatDuration(retentionMs, language) }),
  }
  const about = publicPage({
    title: texts.say('aboutTitle'),
    language,
    content: html`<h1>${texts.say('aboutTitle')}</h1>
      ${toBlocks(texts.say('about', values))}
      <nav>
        <a href="/privacy">${texts.say('privacyTitle')}</a>
        <a href="/privacy#terms">${texts.say('termsTitle')}</a>
      </nav>`,
  })
  const privacy = publicPage({
    title: texts.say('privacyTitle'),
    language,
    content: html`<h1>${texts.say('privacyTitle')}</h1>
      ${toBlocks(texts.say('privacy', values))} ${looksUpStays && toBlocks(texts.say('privacyStay'))}
      <h2 id="terms">${texts.say('termsTitle')}</h2>
      ${toBlocks(texts.say('terms'))}
      <nav><a href="/">${texts.say('aboutTitle')}</a></nav>`,
  })
  return [
    { method: 'GET', path: '/', handle: async () => about },
    { method: 'GET', path: '/privacy', handle: async () => privacy },
  ]
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
