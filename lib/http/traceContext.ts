import { randomUUID } from 'node:crypto';

/** Where a request stands in a distributed trace (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 hex digits, the caller's if it sent one. */
  readonly traceId: string;
  /** 16 hex digits: this service's own span. */
  readonly spanId: string;
  /** Two hex digits. */
  readonly flags: string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:$|-)/;
const NOT_SAMPLED = '00';

// A UUID's bytes come out of a pool that Node fills ahead; `randomBytes` takes ten times as long for so few. Its last half is never 0.
const randomHex = (bytes: number) => randomUUID().replaceAll('-', '').slice(-2 * bytes);

/** Joins the caller's trace, or begins one if `traceparent` is missing or not well formed. */
export function joinTrace(traceparent: string | undefined, hex: (bytes: number) => string = randomHex): TraceContext {
  const [, traceId = hex(16), flags = NOT_SAMPLED] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return { traceId, spanId: hex(8), flags };
}

/** The `traceparent` that names this service's span. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
