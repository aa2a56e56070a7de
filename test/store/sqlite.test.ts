import { storeContract } from '../contracts/store.ts'
import { createSqliteDatabase } from './sqlite-database.ts'

storeContract('SQLite', createSqliteDatabase)
