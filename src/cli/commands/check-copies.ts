import type { Config } from '../../config/config.ts'
import type { Finding } from '../../port.ts'
import { explainOtherWriting, readOtherWriting } from '../../relay/restore/other-writers.ts'
import { explainRestore, readRestoreProgress } from '../../relay/restore/restore-progress.ts'
import type { OpenStore } from '../../store/open.ts'
import type { Marks } from '../../store/types.ts'

/** Whether another connector was seen to write with a property's access token. `atMews`: the time there. */
export const checkOtherWriters = async (
  { key, name }: Pick<Config['properties'][number], 'key' | 'name'>,
  marks: Marks,
  atMews: number,
): Promise<readonly Finding[]> => {
  const seen = await readOtherWriting(key, marks, atMews)
  if (seen === undefined) return []
  return [{ name: `Other connector (${name})`, ok: false, detail: explainOtherWriting(seen) }]
}

/** Whether a backup was put back, and what of it is not resolved yet: that needs no repair, only time. */
export const checkRestored = async (
  { books: { figures }, marks, threads }: OpenStore,
  { properties }: Config,
  now: number,
): Promise<readonly Finding[]> => {
  const keys = properties.map(({ key }) => key)
  const progress = await readRestoreProgress(keys, { figures, marks, threads }, now)
  return progress === undefined ? [] : [{ name: 'Backup', ok: true, detail: explainRestore(progress) }]
}
