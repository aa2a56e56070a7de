'use strict'

/**
 * What `serve` gives Node.js, as on a small machine: on a large one its heaps would take far more for nothing. Young
 * objects are collected also while old ones are marked (Node.js 26 always does that, and refuses the flag).
 */
const heapFlags = [
  '--max-semi-space-size=8',
  '--max-old-space-size=512',
  '--heap-growing-percent=20',
  ...(process.versions.node.startsWith('24.') ? ['--no-separate-gc-phases'] : []),
]

/**
 * Starts `serve` anew in the same process, with the flags that only the command line can give: V8 sizes its heaps before
 * it runs a line, and NODE_OPTIONS takes some of them only. A flag that somebody gave stays as it is. Returns where there
 * is nothing to add, and on Windows, which cannot do it.
 */
const restartWithHeapFlags = () => {
  if (process.argv[2] !== 'serve' || process.execve === undefined) return
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].map(nameOf)
  const added = heapFlags.filter((flag) => !given.includes(nameOf(flag)))
  if (added.length === 0) return
  process.execve(process.execPath, [process.argv0, ...added, ...process.execArgv, ...process.argv.slice(1)])
}

/** `--no-separate-gc-phases` and `--separate_gc_phases` are one flag. */
const nameOf = (flag) =>
  flag
    .split('=', 1)[0]
    .replaceAll('_', '-')
    .replace(/^--(no-)?/, '')

module.exports = { heapFlags, restartWithHeapFlags }
