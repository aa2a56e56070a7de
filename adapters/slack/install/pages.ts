import type { Page } from './page.ts'

const again = { label: 'Start again', url: 'install' }

/** Where the installation begins. */
export const startPage = (url: string): Page => ({
  title: 'Connect your hotel to Slack',
  lines: [
    'Guests and colleagues write to the hotel in Slack; its staff answer in Mews. What is written to the app is read by the staff of the hotel.',
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
        'It was begun in another browser, or more than ten minutes ago. Start again, and allow cookies.',
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
