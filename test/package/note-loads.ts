import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { threadId } from 'node:worker_threads'

/**
 * For `node --import`: notes every file that the program loads, in all of its threads, a line each with the thread's number, in the file that `LOADS` names. Where the
 * file takes the place of a package that is left out, each use of it is noted too: its folder, a space, and what was read of it.
 */

const { LOADS } = process.env
if (LOADS === undefined) throw new Error('LOADS names no file')

/** What compilers read of each module, whether it is used or not. */
const notUsed = ['__esModule', 'default']

registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(LOADS, `${threadId}:${url}\n`)
    const loaded = nextLoad(url, context)
    return isEmptyPackage(loaded.source) ? { ...loaded, source: createWatched(url) } : loaded
  },
})

/** The one function of `empty-npm-package`. */
function isEmptyPackage(source: unknown): boolean {
  return String(source).includes('This is a message from the demo package')
}

/** A module that notes what is read of it. */
function createWatched(url: string): string {
  return `
    const note = (name) => {
      if (${JSON.stringify(notUsed)}.includes(name)) return
      require('node:fs').appendFileSync(process.env.LOADS, ${JSON.stringify(url)} + ' ' + String(name) + '\\n')
    }
    module.exports = new Proxy(function () {}, {
      get: (target, name) => note(name),
      apply: () => note('called'),
      construct: () => (note('made'), {}),
    })`
}
