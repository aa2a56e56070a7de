import { expect, test } from 'vitest'
import { findKeyvUrlProblem } from '../../../src/store/keyv/address.ts'

test.each([
  'redis://127.0.0.1',
  'redis://127.0.0.1:6379/0',
  'rediss://user:p%40ss@cache.example.com:6380/',
  'redis://:p@ss@cache.example.com',
  'valkey://[::1]:6379',
  'postgres://user:word@db:5432/records?sslmode=require',
  'mysql://user@db/records',
  'mongodb://user:word@one:27017,two:27018,three/records?replicaSet=rs',
  'mongodb+srv://cluster.example.com/records',
  'memcache://127.0.0.1:11211',
  'etcd:localhost:2379',
])('%s is taken', (url) => {
  expect(findKeyvUrlProblem(url)).toBeUndefined()
})

test.each([
  ['redis://', 'must name a host'],
  ['redis://user:secret/word@127.0.0.1', 'must name a host'],
  ['rediss://user:secret#word@127.0.0.1', 'must name a host'],
  ['redis://127.0.0.1/secret', 'must have the number of a database'],
  ['redis://127.0.0.1:6379/0/1', 'must have the number of a database'],
  ['valkey://127.0.0.1:99999', 'must name a host'],
  ['mysql://user:secret@/records', 'must name a host'],
  ['mongodb://user:secret@', 'must name a host'],
  ['mongodb://one:27017,two:0/records', 'must name a host'],
  ['postgres://user:secret@:5432/records', 'must name a host'],
])('%s is refused before a driver reads it, without its password', (url, remedy) => {
  const problem = findKeyvUrlProblem(url)
  expect(problem).toContain(remedy)
  expect(problem).not.toContain('secret')
})
