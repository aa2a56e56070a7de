import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createGauges } from '../../src/metrics/gauges.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { OpenStore } from '../../src/store/store.ts'
import { useStore } from '../contracts/store-harness.ts'
import { createSqliteDatabase } from '../store/sqlite-database.ts'

const bench = useStore(createSqliteDatabase)

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
}

const file = new URL('../../manifest/prometheus/alerts.yaml', import.meta.url)
const rules = (parse(readFileSync(file, 'utf8')) as Rules).groups.flatMap((group) => group.rules)

test('alerts watch metrics and labels that there are', async () => {
  const { registry } = createMetrics()
  const { books, marks } = bench().store as OpenStore
  await createGauges({ registry, figures: books.figures, marks, links: [], clock: bench().clock })()
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name))
  for (const { alert, expr } of rules) {
    const names = expr.match(/mews_chat_\w+/g) ?? []
    const unknown = names.filter(
      (name) => !known.has(name) && !known.has(name.replace(/_(count|sum|bucket)$/, '')),
    )
    expect({ alert, unknown }).toEqual({ alert, unknown: [] })
  }
  expect(rules.length).toBeGreaterThan(5)
})
