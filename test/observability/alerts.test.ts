import { expect, test } from 'vitest'
import { createGauges } from '../../src/observability/gauges.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import type { OpenStore } from '../../src/store/open-store.ts'
import { useStore } from '../contracts/store/harness.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'
import { alertExpressions, dashboardExpressions, labelsIn, namesIn } from './expressions.ts'

const fixture = useStore(createSqliteDatabase)

/** Prometheus's own. */
const everywhere = ['job', 'instance', 'le']

test.each([
  ['alert rules', alertExpressions, 8],
  ['dashboard', dashboardExpressions, 20],
])('the %s ask for metrics and labels that there are', async (_, expressions, least) => {
  const { registry } = createMetrics()
  const { admin, marks } = fixture().store as OpenStore
  createGauges({ registry, figures: admin.figures, marks, hotels: [], clock: fixture().clock })
  const labels = new Map(
    registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, (metric as unknown as { labelNames: readonly string[] }).labelNames]),
  )
  for (const expression of expressions()) {
    const known = namesIn(expression).flatMap((name) => labels.get(name) ?? [`no metric ${name}`])
    const allowed = new Set([...known, ...everywhere])
    const unknown = labelsIn(expression).filter((label) => !allowed.has(label))
    const missing = known.filter((label) => label.startsWith('no metric'))
    expect({ expression, unknown, missing }).toEqual({ expression, unknown: [], missing: [] })
  }
  expect(expressions().length).toBeGreaterThanOrEqual(least)
})

test('how far this machine’s clock is ahead of others is told where it is known', async () => {
  const clocks = new Map([
    ['mews', { now: () => 0, skewMs: () => -1_200_400 }],
    ['slack', { now: () => 0, skewMs: () => undefined }],
  ])
  const { admin, marks } = fixture().store as OpenStore
  const { registry } = createMetrics()
  const refreshClocks = createGauges({
    registry,
    figures: admin.figures,
    marks,
    hotels: [],
    clocks,
    clock: fixture().clock,
  })
  await refreshClocks()
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('mews_chat_clock_skew'))
  expect(lines).toEqual(['mews_chat_clock_skew_seconds{clock="mews"} -1200.4'])
})
