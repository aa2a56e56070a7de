import type { Config } from '../config/config.ts'
import type { Finding } from '../port.ts'
import { explainOtherWriting, readOtherWriting } from '../relay/other-writers.ts'
import type { Marks } from '../store/types.ts'

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
