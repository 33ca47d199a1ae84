/** Every way a legacy call can fail, kept apart until one function turns it into a problem. */
export type LegacyFailure =
  /** No whole answer: refused, reset, TLS or DNS. `sent`: whether the request may have reached the vendor. */
  | { readonly kind: 'connection'; readonly sent: boolean; readonly reason: string }
  /** No answer within the attempt's time. */
  | { readonly kind: 'timeout'; readonly sent: boolean }
  /** An answer that is not HTTP, not HTTP 200, not JSON, not of the documented shape, or too large. */
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly httpStatus?: number }
  /** A well-formed answer with a code other than 0. */
  | {
      readonly kind: 'refusal';
      readonly code: number;
      readonly moduleCode?: number;
      readonly codeDesc?: string;
      /** The vendor's own clock in Unix seconds, where a 4200 or 4500 tells it. */
      readonly vendorClockS?: number;
    }
  /** Not sent: the request's own time is over. */
  | { readonly kind: 'no-time-left' }
  /** Not sent: too many calls in a row had failed. */
  | { readonly kind: 'breaker-open' }
  /** Not sent: our own key pair, to sign with, could not be read. */
  | { readonly kind: 'no-key'; readonly error: unknown };

export type UnreadableReason = 'http' | 'status' | 'json' | 'shape' | 'size' | 'incomplete';

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: LegacyFailure };

export function failed(failure: LegacyFailure): { readonly ok: false; readonly failure: LegacyFailure } {
  return { ok: false, failure };
}

/** One line for our logs: kinds and numbers, no vendor text. */
export function describeFailure(failure: LegacyFailure): string {
  if (failure.kind === 'refusal') return `refusal ${failure.code}/${failure.moduleCode ?? '-'}`;
  if (failure.kind === 'unreadable') return `unreadable ${failure.reason} ${failure.httpStatus ?? ''}`.trimEnd();
  if (failure.kind === 'connection') return `connection ${failure.reason}`;
  return failure.kind;
}
