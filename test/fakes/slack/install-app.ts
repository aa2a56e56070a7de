import { randomBytes } from 'node:crypto'
import { type FakeSlack, fakeWorkspace } from './slack.ts'

/** Workspaces install the app by OAuth, in the place of one workspace's token. */
export const oauthSettings = {
  SLACK_BOT_TOKEN: '',
  SLACK_CLIENT_ID: '1.2',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_STATE_SECRET: randomBytes(16).toString('hex'),
  PUBLIC_URL: 'https://chat.hotel.example',
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
}

/** Goes through the installation as a browser does; gives the last page. */
export const installInSlack = async ({
  connector,
  slack,
}: {
  readonly connector: { readonly url: string }
  readonly slack: FakeSlack
}): Promise<string> => {
  const page = await fetch(`${connector.url}/slack/install`)
  const state = /state=([^&"]+)/.exec(await page.text())?.[1] ?? ''
  const [cookie = ''] = page.headers.get('set-cookie')?.split(';') ?? []
  const query = new URLSearchParams({ code: slack.installs.offer(fakeWorkspace, { rotating: true }), state })
  const result = await fetch(`${connector.url}/slack/oauth_redirect?${query}`, { headers: { cookie } })
  return result.text()
}
