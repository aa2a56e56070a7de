/**
 * How long tests wait for what comes by itself: far longer than the connector may take on a slow and busy machine. Only
 * a test that fails waits for so long.
 */
export const patience = { timeout: 60_000, interval: 20 } as const
