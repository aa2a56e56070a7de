import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/store/error.ts'
import { hasDatabase, readSqlitePath } from '../../src/store/url.ts'

const failure = (url: string): unknown => {
  try {
    return readSqlitePath(url)
  } catch (error) {
    return error
  }
}

describe('the database url', () => {
  test('is sqlite: and a path, relative to where we run or absolute', () => {
    expect(readSqlitePath('sqlite:data/connector.db')).toBe(resolve('data/connector.db'))
    expect(readSqlitePath('sqlite:/var/lib/connector.db')).toBe('/var/lib/connector.db')
  })

  test.each([
    'sqlite://data/connector.db',
    'sqlite:///var/lib/connector.db',
    'sqlite:',
    'sqlite::memory:',
    'data/connector.db',
    '',
  ])('is refused as %j', (url) => {
    expect(failure(url)).toMatchObject({ name: 'StoreError', code: 'url' })
  })

  test('is not repeated in the refusal: it may hold a password', () => {
    const error = failure('mysql://connector:hunter2@db/connector')
    expect(error).toBeInstanceOf(StoreError)
    expect(String(error)).not.toContain('hunter2')
  })
})

test('a place where the system does not let anybody look is not called empty', () => {
  const path = `/tmp/${'x'.repeat(300)}`
  const message = `${path} cannot be used: the path is too long; name a shorter one.`
  expect(() => hasDatabase(path)).toThrow(new StoreError('unavailable', message))
  expect(hasDatabase('/tmp')).toBe(true)
  expect(hasDatabase('/tmp/nothing/at-all.db')).toBe(false)
})
