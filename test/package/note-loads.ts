import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** For `node --import`: notes every file that the program loads, in all of its threads, a line each, in the file that `LOADS` names. */

const { LOADS } = process.env
if (LOADS === undefined) throw new Error('LOADS names no file')

registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(LOADS, `${url}\n`)
    return nextLoad(url, context)
  },
})
