import { source } from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds wrong with a page for people who hear it, enlarge it or use no mouse: rule and place of each. */
export const findBarriers = async (page: Page): Promise<readonly string[]> => {
  // A page's own policy lets no other script in: the debugger may evaluate one all the same.
  await page.evaluate(source)
  const { violations } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )) as AxeResults
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
