#!/usr/bin/env node
'use strict'

/* The executable, from the sources and as a package. Any Node.js can read it, so that an old one says what it lacks. */

require('./check-node.cjs')
require('./compile-cache.cjs').keepCompiled()
require('./heap.cjs').restartWithHeapFlags()
require('./main.ts')
