/** Prometheus's own tool reads the alert rules, and says when they fire. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { findProgram, runProgram } from './programs.ts'

const promtool = findProgram('promtool')
const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const rules = 'manifest/prometheus/alerts.yaml'
const cases = 'test/observability/alerts.promtool.yaml'

test.skipIf(promtool === undefined)('Prometheus takes the alert rules and fires each when it should', () => {
  expect(runProgram(promtool ?? '', ['check', 'rules', pathOf(rules)])).toContain('SUCCESS')
  expect(runProgram(promtool ?? '', ['test', 'rules', pathOf(cases)])).toContain('SUCCESS')
})

test('every alert fires in one of the cases for Prometheus', () => {
  const { groups } = parse(readFileSync(pathOf(rules), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
  }
  const tested = readFileSync(pathOf(cases), 'utf8')
  const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert))
  expect(alerts.length).toBeGreaterThan(5)
  expect(alerts.filter((alert) => !tested.includes(alert))).toEqual([])
})
