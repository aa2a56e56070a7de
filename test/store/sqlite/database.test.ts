import { storeContract } from '../../contracts/store/store.ts'
import { createSqliteDatabase } from './database.ts'

storeContract('SQLite', createSqliteDatabase)
