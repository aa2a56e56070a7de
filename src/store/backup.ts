import Sqlite from 'better-sqlite3'

/** Copies a SQLite database as it is at one moment, while others write to it; `onProgress` is told how much of it is left, from 1 to 0. */
export const backUpSqlite = async (
  path: string,
  destination: string,
  onProgress: (left: number) => void,
): Promise<void> => {
  const database = new Sqlite(path, { readonly: true, fileMustExist: true })
  try {
    await database.backup(destination, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages === 0 ? 0 : remainingPages / totalPages)
        return 2_000
      },
    })
  } finally {
    database.close()
  }
}
