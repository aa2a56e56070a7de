import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** GNU coreutils, as far as install scripts use them. */
const coreutils =
  'basename cat chmod cp cut date dirname echo env expr false head id ln ls mkdir mktemp mv nproc printf pwd readlink realpath rm rmdir sleep sort tail tee test touch tr true uname uniq wc'.split(
    ' ',
  )

/** Makes a folder for PATH with node, npm, sh, git and coreutils only: no compiler, no Python, no make. */
export const createBarePath = (folder: string, node = process.execPath): string => {
  mkdirSync(folder, { recursive: true })
  for (const name of ['sh', 'git', ...coreutils]) {
    const found = ['/usr/bin', '/bin'].map((place) => join(place, name)).find((path) => existsSync(path))
    if (found !== undefined) symlinkSync(found, join(folder, name))
  }
  symlinkSync(node, join(folder, 'node'))
  // npm tells its scripts where it is.
  const npm =
    process.env['npm_execpath'] ?? join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\nexec node '${npm}' "$@"\n`, { mode: 0o755 })
  return folder
}
