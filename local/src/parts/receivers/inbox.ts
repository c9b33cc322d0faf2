export const receiverNames = ['pagerduty', 'slack', 'webhook', 'mail'] as const
export type ReceiverName = (typeof receiverNames)[number]

/** How a receiver misbehaves once. `lost`: it keeps the message and breaks the connection instead of answering. */
export type Fault = { answer: 429 | 500 | 'lost'; retryAfterSeconds?: number }

/** What a receiver got and accepted, as people and tests look at it. */
export type Kept = {
  receiver: ReceiverName
  /** ISO 8601. */
  at: string
  /** For people: `trigger local/inc-1/1`. */
  what: string
  title: string
  text: string
  /** The request as it came, without keys. */
  body: unknown
}

/** More are not kept: the platform may run for weeks. */
const keptMax = 2_000

/** Keeps what all receivers got, and the faults that they are to show. */
export function createInbox(onKept: (kept: Kept) => void = () => {}) {
  const kept: Kept[] = []
  const refused: { receiver: ReceiverName; why: string }[] = []
  const faults = new Map<ReceiverName, Fault[]>()
  return {
    kept,
    /** Requests that broke the receiver's protocol. */
    refused,
    keep(message: Omit<Kept, 'at'>): void {
      const whole = { ...message, at: new Date().toISOString() }
      kept.push(whole)
      if (kept.length > keptMax) kept.splice(0, kept.length - keptMax)
      onKept(whole)
    },
    refuse(receiver: ReceiverName, why: string): void {
      refused.push({ receiver, why })
      if (refused.length > keptMax) refused.shift()
    },
    /** The next requests to the receiver get these answers, one each. */
    fail(receiver: ReceiverName, ...next: Fault[]): void {
      faults.set(receiver, [...(faults.get(receiver) ?? []), ...next])
    },
    /** The fault for the request that came now. */
    faultOf: (receiver: ReceiverName): Fault | null => faults.get(receiver)?.shift() ?? null,
    clear(): void {
      kept.length = 0
      refused.length = 0
      faults.clear()
    },
  }
}
export type Inbox = ReturnType<typeof createInbox>

/** What an HTTP receiver answers. */
export type HttpAnswer = { status: number; json?: unknown; headers?: Record<string, string> }

export type HttpRequest = { method: string; path: string; headers: Record<string, string>; body: Buffer }

/** Whether more than `most` requests came within a minute. Call it for each request. */
export function perMinute(most: number): () => boolean {
  const times: number[] = []
  return () => {
    const now = performance.now()
    while (times[0] !== undefined && times[0] < now - 60_000) times.shift()
    times.push(now)
    return times.length > most
  }
}
