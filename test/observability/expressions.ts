import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const read = (path: string): string =>
  readFileSync(new URL(`../../manifest/${path}`, import.meta.url), 'utf8')

/** What the alert rules ask Prometheus. */
export const alertExpressions = (): readonly string[] => {
  const { groups } = parse(read('prometheus/alerts.yaml')) as {
    readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
  }
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
}

/** What the dashboard asks Prometheus, in its panels and for its variables. */
export const dashboardExpressions = (): readonly string[] => {
  const { panels, templating } = JSON.parse(read('grafana/dashboard.json')) as {
    readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[]
    readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] }
  }
  const variables = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]))
  return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), ...variables]
}

/** The metrics an expression names, without a histogram's endings. */
export const namesIn = (expression: string): readonly string[] =>
  (expression.match(/\b(?:mews_chat|process|nodejs)_\w+/g) ?? []).map((name) =>
    name.replace(/_(?:count|sum|bucket)$/, ''),
  )

/** The labels an expression filters or groups by. */
export const labelsIn = (expression: string): readonly string[] => [
  ...Array.from(expression.matchAll(/by \(([^)]*)\)/g), ([, list = '']) => list.split(/,\s*/)).flat(),
  ...Array.from(expression.matchAll(/[{,](\w+)(?:=~|=)"/g), ([, label = '']) => label),
  ...Array.from(expression.matchAll(/label_values\(\w+, (\w+)\)/g), ([, label = '']) => label),
]
