'use strict'

const nodeModule = require('node:module')
const path = require('node:path')

/**
 * Has Node.js keep compiled code beside the dependencies, which takes a third of each later start and 30 MB of memory away. The
 * variable also reaches worker threads and `serve` as it is started anew. Where the folder cannot be written, each start compiles. It
 * belongs to whom the program belongs to: in a folder for everybody, others could put code there. NODE_COMPILE_CACHE names another
 * folder, and NODE_DISABLE_COMPILE_CACHE=1 switches it off.
 */
const keepCompiled = () => {
  const root = path.join(__dirname, __dirname.endsWith(path.join('dist', 'src')) ? '../..' : '..')
  process.env.NODE_COMPILE_CACHE ??= path.join(root, 'node_modules/.cache/compile')
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
}

module.exports = { keepCompiled }
