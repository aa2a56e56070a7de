import { toBrowserScript } from '../../util/html.ts'

const functions = {
  here,
  chatOf,
  tell,
  keyed,
  hasText,
  morph,
  fetchPage,
  createRefresh,
  post,
  followChanges,
  start,
}

/** The script as it is served. */
export const browserScript = toBrowserScript(functions)

/**
 * The script of every page. These functions run in the browser: their own text is what is served, so they use each
 * other, what a browser has, and nothing else. The page is fetched again whenever the server says that something
 * changed, and forms are posted without leaving it.
 */

function here(): string {
  return document.body.dataset['here'] ?? '/'
}

function chatOf(address: string): string | null {
  return new URL(address, location.href).searchParams.get('chat')
}

function tell(text: string): void {
  const status = document.querySelector('#connection')
  if (status !== null && status.textContent !== text) status.textContent = text
}

/** Elements are the same when their ids are or, without ids, their tags, classes and place among such. */
function keyed(parent: Element): Map<string, Element> {
  const children = new Map<string, Element>()
  for (const child of Array.from(parent.children)) {
    let key = child.id === '' ? `${child.tagName}.${child.className}` : child.id
    while (children.has(key)) key += '+'
    children.set(key, child)
  }
  return children
}

function hasText(element: Element): boolean {
  return Array.from(element.childNodes).some((node) => node instanceof Text && node.data.trim() !== '')
}

/** Makes an element equal to a fresh one; what is there already stays, with its focus and typed text. */
function morph(old: Element, fresh: Element): void {
  for (const { name, value } of Array.from(fresh.attributes)) old.setAttribute(name, value)
  if (hasText(fresh) || fresh.children.length === 0) {
    if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...Array.from(fresh.childNodes))
    return
  }
  const wanted = keyed(fresh)
  const present = keyed(old)
  const staying = new Set([...present].filter(([key]) => wanted.has(key)).map(([, element]) => element))
  for (const child of Array.from(old.children)) if (!staying.has(child)) child.remove()
  for (const [index, [key, next]] of [...wanted].entries()) {
    const kept = present.get(key)
    const place = old.children[index] ?? null
    if (kept === undefined || kept !== place) old.insertBefore(kept ?? next, place)
    if (kept !== undefined) morph(kept, next)
  }
}

async function fetchPage(): Promise<void> {
  const text = await (await fetch(here())).text()
  const before = here()
  morph(document.body, new DOMParser().parseFromString(text, 'text/html').body)
  if (here() !== before) history.replaceState(null, '', here())
}

/** Makes the function that fetches the page; calls during a fetch lead to one more. */
function createRefresh(): () => Promise<void> {
  let due = 0
  return async () => {
    due += 1
    if (due > 1) return
    try {
      for (let seen = 0; seen < due;) {
        seen = due
        await fetchPage()
      }
    } catch {
      tell('The sandbox does not answer. Is it still running?')
    }
    due = 0
  }
}

/** Empties the text at once, so that it cannot be posted twice, and puts it back when it could not be posted. */
async function post(form: HTMLFormElement, refresh: () => Promise<void>): Promise<void> {
  if (form.ariaBusy === 'true') return
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
  const area = form.querySelector('textarea')
  if (area === null) form.ariaBusy = 'true'
  else area.value = ''
  try {
    const response = await fetch(form.action, { method: 'POST', body: fields })
    if (!response.ok) throw new Error('refused')
    if (chatOf(response.url) !== chatOf(here())) return location.assign(response.url)
    await refresh()
  } catch {
    if (area?.value === '') area.value = fields.get('text') ?? ''
    tell('The sandbox did not take this. Is it still running? What you typed is still here.')
  }
  form.ariaBusy = 'false'
}

/** Browsers open few connections to one server, so only pages in sight take one. */
function followChanges(refresh: () => Promise<void>): void {
  let source: EventSource | undefined
  const listen = (): void => {
    source?.close()
    if (document.hidden) return
    source = new EventSource('/events')
    source.addEventListener('open', () => void refresh())
    source.addEventListener('message', () => void refresh())
    source.addEventListener('error', () => tell('The sandbox does not answer. Is it still running?'))
  }
  document.addEventListener('visibilitychange', listen)
  listen()
}

function start(): void {
  const refresh = createRefresh()
  followChanges(refresh)
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement)) return
    event.preventDefault()
    void post(event.target, refresh)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    if (!(event.target instanceof HTMLTextAreaElement)) return
    event.preventDefault()
    event.target.form?.requestSubmit()
  })
}
