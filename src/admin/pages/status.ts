import type { Clock, RemoteClock, WebhookResponse } from '../../port.ts'
import { explainOtherWriting, readOtherWriting } from '../../relay/restore/other-writers.ts'
import type { PropertyState } from '../../relay/property/hotel.ts'
import { explainRestore, readRestoreProgress } from '../../relay/restore/restored.ts'
import { readStayRefusal } from '../../relay/stays/permission.ts'
import { findUnconfigured } from '../../relay/routing/router.ts'
import type { Figures, GroupFigures } from '../../store/admin/types.ts'
import type { Marks, Threads } from '../../store/types.ts'
import { html, type Html } from '../../util/html.ts'
import { skewWarningMs, toWords } from '../../util/remote-clock.ts'
import type { Names } from './conversations.ts'
import { installationsTable, type PlatformStatus } from './installations.ts'
import { page } from './layout.ts'
import { time } from './parts.ts'
import { ago } from '../../util/text.ts'
import type { Session } from '../access/session.ts'

export interface StatusOptions {
  readonly version: string
  /** When this process started. */
  readonly startedAt: number
  /** `sqlite` or `postgres`. */
  readonly database: string
  readonly properties: readonly PropertyStatus[]
  /** The platforms that are on, and the properties, as people know them. */
  readonly names: Names
  /** Asked where they act. */
  readonly platforms: readonly PlatformStatus[]
  /** When Mews last announced something to this process; undefined: not since it started. */
  readonly webhookAt: () => Promise<number | undefined>
  readonly figures: Figures
  readonly marks: Marks
  readonly threads: Pick<Threads, 'byId'>
  readonly clock: Clock
  /** Other systems' own, by name: `mews`, and those of platforms. Default none. */
  readonly clocks?: ReadonlyMap<string, Pick<RemoteClock, 'now' | 'skewMs'>>
}

const directions: Readonly<Record<string, string>> = {
  turn: 'To the hotel',
  reply: 'To guests',
  hook: 'Announced by Mews',
  unrouted: 'For which hotel is not known yet',
}

/** The status of the connector. */
export const statusPage = async (options: StatusOptions, session: Session): Promise<WebhookResponse> => {
  const { properties, names, figures, clock } = options
  const now = clock.now()
  const counts = await figures.failureCounts()
  const groups = await figures.groups()
  const known = new Set(properties.map(({ key }) => key))
  const restored = await readRestoreProgress([...known], options, now)
  const sections = await Promise.all(properties.map((property) => propertySection(property, options)))
  return page({
    title: 'Status',
    here: '/admin/status',
    session,
    content: html`
      <h1>Status</h1>
      <div id="status" data-live>
        <section aria-labelledby="properties">
          <h2 id="properties">Properties</h2>
          ${restored !== undefined && html`<p>${explainRestore(restored)}</p>`}
          <div class="cards">${sections}</div>
        </section>
        <section aria-labelledby="installations">
          <h2 id="installations">Installations</h2>
          ${await installationsTable(options.platforms, now)}
        </section>
        <section aria-labelledby="queues">
          <h2 id="queues">Waiting</h2>
          ${findUnconfigured(groups, known).map(({ reason }) => html`<p class="bad">${reason}</p>`)}
          ${groupTable(groups, names, now)} ${askedText(groups)}
          <p>${counts.failed} failed and ${counts.twice} possibly twice among all that is recorded.</p>
        </section>
        ${programSection(options, await options.webhookAt())}
      </div>
    `,
  })
}

/** One hotel, as the status page shows it. */
interface PropertyStatus {
  readonly key: string
  readonly name: string
  readonly state: () => Promise<PropertyState>
}

const propertySection = async (
  { key, name, state }: PropertyStatus,
  { marks, clock, clocks }: StatusOptions,
): Promise<Html> => {
  const now = await state()
  const synced = await marks.get(`synced:${key}:active`)
  // It is recorded by the clock of Mews.
  const atMews = (clocks?.get('mews') ?? clock).now()
  const others = await readOtherWriting(key, marks, atMews)
  const stays = await readStayRefusal(key, marks)
  return html`
    <section class="card">
      <h3>${name}</h3>
      <dl>
        <div>
          <dt>Mews</dt>
          <dd>${stateText(now)}</dd>
        </div>
        <div>
          <dt>Requests left now</dt>
          <dd>${now.requestsLeft ?? 'counted by another process, which makes them'}</dd>
        </div>
        <div>
          <dt>Last look for replies</dt>
          <dd>${synced === undefined ? 'never' : `${ago(atMews - Number(synced))} ago`}</dd>
        </div>
      </dl>
      ${others !== undefined && html`<p class="bad">${explainOtherWriting(others)}.</p>`}
      ${stays !== undefined && html`<p class="bad">${stays}</p>`}
    </section>
  `
}

const stateText = ({ failingSince, reason }: PropertyState): Html =>
  failingSince === null
    ? html`<span class="badge fine">reachable</span>`
    : html`<span class="badge failed">paused</span> since ${time(failingSince)}:
        ${reason ?? 'it cannot be reached'}`

const groupTable = (groups: readonly GroupFigures[], names: Names, now: number): Html =>
  groups.length === 0
    ? html`<p class="empty">Nothing is waiting.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="What waits">
        <table>
          <thead>
            <tr>
              <th scope="col">Direction</th>
              <th scope="col">Waiting</th>
              <th scope="col">Conversations</th>
              <th scope="col">Of them failing</th>
              <th scope="col">For up to</th>
            </tr>
          </thead>
          <tbody>
            ${groups.map((group) => groupRow(group, names, now))}
          </tbody>
        </table>
      </div>`

const groupRow = (
  { group, lanes, waiting, failing, oldestAt }: GroupFigures,
  { platforms, properties }: Names,
  now: number,
): Html => {
  const [direction = '', ...rest] = group.split(':')
  const name = rest.join(':')
  return html`
    <tr>
      <th scope="row">
        ${directions[direction] ?? direction} (${platforms.get(name) ?? properties.get(name) ?? name})
      </th>
      <td>${waiting}</td>
      <td>${lanes}</td>
      <td>${failing}</td>
      <td>${oldestAt === null ? '–' : ago(now - oldestAt)}</td>
    </tr>
  `
}

const askedText = (groups: readonly GroupFigures[]): Html | false => {
  const asked = groups.reduce((sum, group) => sum + group.asked, 0)
  if (asked === 0) return false
  const who =
    asked === 1
      ? '1 conversation waits until its guest says'
      : `${asked} conversations wait until their guests say`
  return html`<p>${who} which hotel is meant. Nothing is wrong with that.</p>`
}

const programSection = (options: StatusOptions, webhookAt: number | undefined): Html => {
  const { version, startedAt, database, names, clock } = options
  return html`
    <section class="card" aria-labelledby="program">
      <h2 id="program">Program</h2>
      <dl>
        <div>
          <dt>Version</dt>
          <dd>${version}</dd>
        </div>
        <div>
          <dt>Node.js</dt>
          <dd>${process.version}</dd>
        </div>
        <div>
          <dt>Database</dt>
          <dd>${database}</dd>
        </div>
        <div>
          <dt>Platforms</dt>
          <dd>${[...names.platforms.values()].join(', ')}</dd>
        </div>
        <div>
          <dt>Last webhook from Mews</dt>
          <dd>${webhookAt === undefined ? 'none since the start' : `${ago(clock.now() - webhookAt)} ago`}</dd>
        </div>
        <div>
          <dt>Running for</dt>
          <dd>${ago(clock.now() - startedAt)}</dd>
        </div>
        ${clockRows(options)}
      </dl>
    </section>
  `
}

const clockRows = ({ clocks = new Map(), names }: StatusOptions): readonly Html[] =>
  Array.from(clocks, ([key, { skewMs }]) => {
    const name = names.platforms.get(key) ?? 'Mews'
    return html`<div>
      <dt>Clock, compared with ${name}</dt>
      ${clockRow(name, skewMs())}
    </div>`
  })

/** Whether this machine's clock agrees with another one. */
const clockRow = (name: string, skewMs: number | undefined): Html => {
  if (skewMs === undefined) return html`<dd>not known yet</dd>`
  if (Math.abs(skewMs) < skewWarningMs) return html`<dd>right, ${Math.round(skewMs / 1000)} s apart</dd>`
  return html`<dd><span class="badge failed">wrong</span> ${toWords(skewMs, name)}</dd>`
}
