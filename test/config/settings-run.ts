import { writeFileSync } from 'node:fs'
import { generatedFiles } from './generated.ts'

/** Writes what follows from the rows of the settings: `npm run settings`. */
for (const { path, text } of generatedFiles()) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
