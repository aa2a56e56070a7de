import { afterAll, beforeAll } from 'vitest'
import { describeBooks } from '../../contracts/store/admin.ts'
import { describeTranscripts } from '../../contracts/store/transcripts.ts'
import { describeErasing } from '../../contracts/store/erasing.ts'
import { describeStays } from '../../contracts/store/stays.ts'
import { describeWaits } from '../../contracts/store/waits.ts'
import { describeErasingGuest } from '../../contracts/store/erasing-guest.ts'
import { describeStamp } from '../../contracts/store/stamp.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { createPostgresDatabase } from '../postgres/database.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())

const create = () => createPostgresDatabase(server)
describeBooks(create)
describeTranscripts(create)
describeErasing(create)
describeWaits(create)
describeStays(create)
describeErasingGuest(create)
describeStamp(create)
