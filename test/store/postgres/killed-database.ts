import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const recorded = new URL('../../fixtures/better-sqlite3/', import.meta.url)
const ending = '.gz'

/** Lays down what a killed connector left, as `path` and the files beside it. */
export const restoreKilledDatabase = async (path: string): Promise<void> => {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  for (const name of (await readdir(recorded)).filter((each) => each.endsWith(ending))) {
    const content = gunzipSync(await readFile(new URL(name, recorded)))
    await writeFile(join(folder, name.slice(0, -ending.length)), content)
  }
}
