'use strict'

/*
 * Ends the process with one line and exit code 2 where Node.js is too old to load the rest. It imports nothing, and its
 * syntax is that of 2009, so that any Node.js can read it.
 */

/* As `engines` in package.json says. */
var needed = [24, 15]

var running = process.versions.node.split('.').map(Number)

if (running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1])) {
  process.stderr.write(
    'mews-chat needs Node.js ' +
      needed.join('.') +
      ' or newer, and this is ' +
      process.versions.node +
      ': install a newer one (https://nodejs.org/en/download) and start again.\n',
  )
  process.exit(2)
}
