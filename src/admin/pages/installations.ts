import type { Adapter, Installation } from '../../port.ts'
import { html, type Html } from '../../util/html.ts'
import { time } from './parts.ts'
import { ago } from '../../util/text.ts'

/** A platform, as far as this page asks it. */
export type PlatformStatus = Pick<Adapter, 'label' | 'installations'>

const unreadable: Installation = {
  name: 'Not known',
  ok: false,
  detail: 'The records of the installations cannot be read: check database and KEYV_URL.',
}

/** The installations on each platform and their state; asks no platform. */
export const installationsTable = async (
  platforms: readonly PlatformStatus[],
  now: number,
): Promise<Html> => {
  const rows = await Promise.all(
    platforms.map(async (platform) => {
      const found = (await platform.installations?.().catch(() => [unreadable])) ?? []
      return found.map((one) => row(platform.label, one, now))
    }),
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Where the connector acts">
    <table>
      <thead>
        <tr>
          <th scope="col">Platform</th>
          <th scope="col">Where</th>
          <th scope="col">State</th>
          <th scope="col">Installed</th>
          <th scope="col">Looked through</th>
        </tr>
      </thead>
      <tbody>
        ${rows.flat()}
      </tbody>
    </table>
  </div>`
}

const row = (
  label: string,
  { name, ok, detail, installedAt, lookedAt }: Installation,
  now: number,
): Html => html`
  <tr>
    <th scope="row">${label}</th>
    <td class="wrap">${name}</td>
    <td class="wrap">
      ${ok ? html`<span class="badge fine">ok</span>` : html`<span class="badge failed">look here</span>`}
      ${detail}
    </td>
    <td>${installedAt !== undefined && installedAt > 0 ? time(installedAt) : '–'}</td>
    <td>${lookedAt === undefined ? '–' : `${ago(now - lookedAt)} ago`}</td>
  </tr>
`
