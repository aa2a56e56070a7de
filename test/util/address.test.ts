import { expect, it } from 'vitest'
import { isSafeAddress } from '../../src/util/address.ts'

it.each([
  'https://api.mews.com',
  'https://app.channex.io/api/v1',
  'https://10.0.0.5:8443/',
  'http://127.0.0.1:4000',
  'http://127.1.2.3:4000',
  'http://localhost:4000/api/',
  'http://[::1]:4000',
])('takes %s', (address) => {
  expect(isSafeAddress(address)).toBe(true)
})

it.each([
  'http://api.mews.com',
  'http://127.0.0.1.example.com',
  'http://localhost.example.com',
  'http://0.0.0.0:80',
  'https://user@api.mews.com',
  'https://user:word@api.mews.com',
  'https://api.mews.com?key=1',
  'https://api.mews.com#here',
  'ftp://api.mews.com',
  'file:///etc/passwd',
  'api.mews.com',
  'https://',
  '',
])('refuses %j', (address) => {
  expect(isSafeAddress(address)).toBe(false)
})
