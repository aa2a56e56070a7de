import { toBrowserScript } from '../../util/html.ts'

const functions = {
  silenceMs,
  localTimes,
  tell,
  idOf,
  takeAttributes,
  take,
  isAtEnd,
  toEnd,
  takePage,
  createRefresh,
  listen,
  start,
}

/** The script as it is served. */
export const browserScript = toBrowserScript(functions)

/**
 * The script of every page. These functions run in the browser: their own text is what is served, so they use each
 * other, what a browser has, and nothing else. Pages say everything without it; it keeps them current.
 */

/** Longer than the server is ever silent. */
function silenceMs(): number {
  return 40_000
}

function localTimes(within: Document): void {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  for (const element of Array.from(within.querySelectorAll('time'))) {
    element.title = element.dateTime
    element.textContent = format.format(new Date(element.dateTime))
  }
}

function tell(text: string): void {
  const status = document.querySelector('#connection')
  if (status !== null && status.textContent !== text) status.textContent = text
}

function idOf(node: Node): string {
  return node instanceof Element ? node.id : ''
}

function takeAttributes(old: Element, next: Element): void {
  for (const name of old.getAttributeNames()) if (!next.hasAttribute(name)) old.removeAttribute(name)
  for (const name of next.getAttributeNames()) {
    const value = next.getAttribute(name) ?? ''
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
}

/** Makes one node like another, touching nothing that is like it already: focus, scrolling and a screen reader's place stay. */
function take(old: Node, next: Node): void {
  if (!(old instanceof Element) || !(next instanceof Element)) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue
    return
  }
  takeAttributes(old, next)
  const wantedIds = new Set(Array.from(next.childNodes, idOf))
  const kept = new Map(Array.from(old.childNodes, (child) => [idOf(child), child]))
  for (const [id, child] of Array.from(kept)) if (id !== '' && !wantedIds.has(id)) child.remove()
  let place = old.firstChild
  for (const wanted of Array.from(next.childNodes)) {
    const id = idOf(wanted)
    const alike = place !== null && place.nodeName === wanted.nodeName && idOf(place) === ''
    const match = id === '' ? (alike ? place : null) : (kept.get(id) ?? null)
    if (match === null) old.insertBefore(wanted.cloneNode(true), place)
    else {
      if (match === place) place = place.nextSibling
      else old.insertBefore(match, place)
      take(match, wanted)
    }
  }
  while (place !== null) {
    const rest: ChildNode | null = place.nextSibling
    place.remove()
    place = rest
  }
}

function isAtEnd(): boolean {
  return innerHeight + scrollY > document.documentElement.scrollHeight - 80
}

function toEnd(): void {
  scrollTo({ top: document.documentElement.scrollHeight })
}

/** Puts in what has changed. Nothing moves away from under somebody who is about to press a button. */
function takePage(fresh: Document): void {
  localTimes(fresh)
  const { activeElement: focused } = document
  const follow = document.querySelector('[data-follow]') !== null && isAtEnd()
  for (const old of Array.from(document.querySelectorAll('[data-live]'))) {
    const next = fresh.getElementById(old.id)
    if (next !== null && old.querySelector('form:hover, form:focus-within') === null) take(old, next)
  }
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement)
    focused.focus({ preventScroll: true })
  if (follow) toEnd()
}

/** Fetches the page again; asked while it does so, it does so once more afterwards. */
function createRefresh(): () => Promise<void> {
  const state = { busy: false, again: false }
  const look = async (): Promise<void> => {
    if (state.busy) return void (state.again = true)
    state.busy = true
    try {
      const response = await fetch(location.href)
      if (response.redirected) return location.reload()
      if (response.ok) takePage(new DOMParser().parseFromString(await response.text(), 'text/html'))
      tell(response.ok ? '' : 'The connector cannot show this now. What you see may be old.')
    } catch {
      tell('The connector does not answer. What you see may be old.')
    }
    state.busy = false
    if (!state.again) return
    state.again = false
    await look()
  }
  return look
}

/** Listens while the page is seen: browsers have few connections for each server. */
function listen(look: () => Promise<void>): void {
  const state: { source: EventSource | undefined; heardAt: number } = {
    source: undefined,
    heardAt: Date.now(),
  }
  const hear = (): void => {
    state.heardAt = Date.now()
    void look()
  }
  const open = (): void => {
    state.source?.close()
    state.source = new EventSource('/admin/events')
    state.source.addEventListener('message', hear)
    state.source.addEventListener('error', hear)
  }
  const watch = (): void => {
    if (document.hidden) return state.source?.close()
    if (state.source === undefined || state.source.readyState === EventSource.CLOSED) open()
    if (Date.now() - state.heardAt > silenceMs()) hear()
  }
  watch()
  setInterval(watch, silenceMs())
  document.addEventListener('visibilitychange', () => {
    state.heardAt = 0
    watch()
  })
  // A page that waits in the history must not hold a connection.
  addEventListener('pagehide', () => state.source?.close())
  addEventListener('pageshow', watch)
}

function start(): void {
  localTimes(document)
  const isLong = document.documentElement.scrollHeight > innerHeight * 1.5
  if (document.querySelector('[data-follow]') !== null && scrollY === 0 && isLong) toEnd()
  if (document.querySelector('[data-live]') !== null) listen(createRefresh())
}
