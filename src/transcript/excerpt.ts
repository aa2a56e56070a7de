import type { ListedTrouble, Repairs } from '../store/admin/types.ts'
import { cutExcerpt } from '../util/excerpt.ts'
import { unpreparedText } from './lines.ts'

/** Gives each entry of a list the beginning of what it says, also before it is prepared; long ones are read one after the other. */
export const withExcerpts = async (
  listed: readonly ListedTrouble[],
  repairs: Pick<Repairs, 'payloadOf'>,
): Promise<readonly ListedTrouble[]> => {
  const rows: ListedTrouble[] = []
  for (const row of listed)
    rows.push(row.text === '' ? { ...row, text: await readExcerpt(row, repairs) } : row)
  return rows
}

const readExcerpt = async (
  { kind, lane, pos, payload }: ListedTrouble,
  { payloadOf }: Pick<Repairs, 'payloadOf'>,
): Promise<string> => cutExcerpt(unpreparedText({ kind, payload: payload ?? (await payloadOf(lane, pos)) }))
