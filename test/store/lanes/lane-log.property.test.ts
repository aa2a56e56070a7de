import { historiesContract } from '../../contracts/store/histories.ts'
import { createSqliteDatabase } from '../sqlite/database.ts'

historiesContract('SQLite', createSqliteDatabase, { runs: 150, restartFrees: true })
