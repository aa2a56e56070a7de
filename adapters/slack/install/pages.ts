import { html, palette, toDocument, toStyleSource } from '../../../src/util/html.ts'

const again = { label: 'Start again', url: 'install' }

/** Where the installation begins. */
export const startPage = (url: string): Page => ({
  title: 'Connect your hotel to Slack',
  lines: [
    'Guests and colleagues write to the hotel in Slack; its staff answer in Mews. What is written to the app is read by the hotel’s staff.',
    'Slack shows next what the app may do in your workspace, and asks you to allow it.',
  ],
  button: { label: 'Add to Slack', url },
})

/** The app is installed; `name` is the workspace's or organisation's. */
export const donePage = (name: string, url: string): Page => ({
  title: `Installed in ${name}`,
  lines: [
    'Write to the app directly, or invite it to a channel and mention it there.',
    'Installing it again later, for instance after an update of its permissions, does no harm.',
  ],
  button: { label: 'Open the app in Slack', url },
})

/** The workspace is not one of those that may install the app. */
export const refusedPage = (name: string, id: string): Page => ({
  title: 'This workspace may not install the app',
  lines: [
    `The operator of this connector has not allowed ${name}. Nothing was stored.`,
    `Ask them to add ${id} to SLACK_ALLOWED_TEAMS, and remove the app from your workspace meanwhile.`,
  ],
})

const failures: Readonly<Record<string, { readonly status: number; readonly page: Page }>> = {
  slack_oauth_installer_authorization_error: {
    status: 200,
    page: {
      title: 'Nothing was installed',
      lines: ['You did not allow the app. Nothing has changed in Slack.'],
      button: again,
    },
  },
  slack_oauth_invalid_state: {
    status: 400,
    page: {
      title: 'This installation cannot be finished',
      lines: [
        'It was started in another browser, or more than ten minutes ago. Start again, and allow cookies.',
      ],
      button: again,
    },
  },
}

const incomplete = {
  status: 400,
  page: { title: 'Something is missing', lines: ['Slack’s answer is not complete.'], button: again },
}

/** What to say when an installation failed, by the library's error code; `missing_*` are incomplete requests. */
export const failurePage = (code: string): { readonly status: number; readonly page: Page } =>
  failures[code] ??
  (/_missing_(?:state|code)$/.test(code)
    ? incomplete
    : {
        status: 502,
        page: {
          title: 'The installation failed',
          lines: [
            'Slack or the store of the connector did not take part. Nothing was lost; the log says more.',
          ],
          button: again,
        },
      })

/** What a page says, in plain text, and where its button leads. */
export interface Page {
  readonly title: string
  readonly lines: readonly string[]
  readonly button?: { readonly label: string; readonly url: string }
}

/** A page as HTML; everything in it is escaped. */
export const toHtml = ({ title, lines, button }: Page): string =>
  toDocument(html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${lines.map((line) => html`<p>${line}</p>`)}
          ${button !== undefined && html`<a href="${button.url}">${button.label}</a>`}
        </main>
      </body>
    </html>
  `)

// `html` escapes what stands in it, so the style has no quotation marks and no child combinators.
const style = `
${palette}
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 16px/1.55 ui-sans-serif, system-ui, Segoe UI, Roboto, sans-serif; }
main { box-sizing: border-box; width: min(30rem, calc(100vw - 2rem)); padding: 2.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 16px; }
h1 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: 0 0 1rem; color: var(--muted); }
a { display: inline-block; margin-top: .5rem; padding: .7rem 1.3rem; border-radius: 10px; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
`

const styleElement = html`<style>
  ${style}
</style>`

/** Nothing may run, load or frame on these pages; their one style sheet is known by its hash. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src ${toStyleSource(styleElement)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
}
