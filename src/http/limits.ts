/** How much and how long one client may ask for; times in milliseconds. */
export interface HttpLimits {
  /** The largest body of routes that name no limit of their own, in bytes. */
  readonly bodyBytes: number
  /** How much of bodies may be held in memory over all requests, in bytes: what comes beyond it is refused, to be sent again. */
  readonly heldBytes: number
  /** How many connections there may be; for one more, one that waits for its client is closed. */
  readonly connections: number
  /** How long a body may take to arrive. */
  readonly bodyMs: number
  /** How long the request line and headers may take to arrive. */
  readonly headersMs: number
  /** How long a connection in use may be silent, and an unused one stay open: longer than load balancers keep theirs. */
  readonly idleMs: number
  /** How long `close` still takes requests, while `/readyz` says no: load balancers need a moment to notice. */
  readonly drainMs: number
  /** How long `close` waits for requests in flight. */
  readonly closeMs: number
  /** How long the rest of a refused body is read and thrown away, so that the client sees why it was refused. */
  readonly lingerMs: number
}

export const defaultLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  heldBytes: 64 * 1024 * 1024,
  connections: 4_096,
  bodyMs: 15_000,
  headersMs: 15_000,
  idleMs: 75_000,
  drainMs: 0,
  closeMs: 4_000,
  lingerMs: 1_000,
}
