import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly name?: string
  readonly peer?: boolean
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))

const { packages } = read('package-lock.json') as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

test('what is installed to run it builds nothing and has no native module', () => {
  const building = Object.entries(packages)
    .filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true)
    .map(([path]) => path)
  expect(building).toEqual([])
  expect(Object.keys(packages).filter((path) => /better-sqlite3|node-addon-api/.test(path))).toEqual([])
})

test('what others expect beside them is our own dependency: npm pack bundles no peers', () => {
  const { dependencies } = read('package.json') as { readonly dependencies: object }
  const expected = Object.entries(packages)
    .filter(([, { dev, peer, name }]) => dev !== true && peer === true && name !== 'empty-npm-package')
    .map(([path]) => path.slice('node_modules/'.length))
  expect(expected.filter((name) => !(name in dependencies))).toEqual([])
  expect(dependencies).toHaveProperty('undici')
})
