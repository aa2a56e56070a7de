/**
 * The script of every page. These functions run in the browser: their own text is what is served, so they use each
 * other, what a browser has, and nothing else. Pages say everything without it; it keeps them current.
 */

const everyMs = (): number => 4_000

const localTimes = (): void => {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  for (const element of Array.from(document.querySelectorAll('time'))) {
    element.title = element.dateTime
    element.textContent = format.format(new Date(element.dateTime))
  }
}

const tell = (text: string): void => {
  const status = document.querySelector('#connection')
  if (status !== null && status.textContent !== text) status.textContent = text
}

/** A list changes entry by entry, so that a screen reader tells only what is new. */
const takeList = (old: Element, next: Element, known: Map<string, string>): void => {
  const present = new Map(Array.from(old.children, (child) => [child.id, child]))
  for (const child of Array.from(next.children)) {
    const kept = present.get(child.id)
    const html = child.outerHTML
    if (kept === undefined) old.append(child.cloneNode(true))
    else if (known.has(child.id) && known.get(child.id) !== html) kept.replaceWith(child.cloneNode(true))
    known.set(child.id, html)
    present.delete(child.id)
  }
  for (const gone of Array.from(present.values())) gone.remove()
}

/** Puts in what changed since it was fetched last; a part in which somebody is at work stays. */
const take = (fresh: Document, known: Map<string, string>): void => {
  for (const old of Array.from(document.querySelectorAll('[data-live]'))) {
    const next = fresh.getElementById(old.id)
    if (next === null || known.get(old.id) === next.innerHTML || old.contains(document.activeElement))
      continue
    if (old.tagName === 'OL') takeList(old, next, known)
    else if (known.has(old.id)) old.replaceChildren(...Array.from(next.cloneNode(true).childNodes))
    known.set(old.id, next.innerHTML)
  }
  localTimes()
}

const start = (): void => {
  const known = new Map<string, string>()
  localTimes()
  if (document.querySelector('[data-live]') === null) return
  const look = async (): Promise<void> => {
    if (document.hidden) return
    try {
      const response = await fetch(location.href)
      if (response.redirected) return location.reload()
      take(new DOMParser().parseFromString(await response.text(), 'text/html'), known)
      tell('')
    } catch {
      tell('The connector does not answer. What you see may be old.')
    }
  }
  void look()
  setInterval(() => void look(), everyMs())
  document.addEventListener('visibilitychange', () => void look())
}

const functions = { everyMs, localTimes, tell, takeList, take, start }

/** The script as it is served. */
export const browserScript = [
  "'use strict'",
  ...Object.entries(functions).map(([name, value]) => `const ${name} = ${value.toString()}`),
  'start()\n',
].join('\n')
