import type { DeviceErrorCode } from '../deviceTasks/device.ts';
import type { ProblemCode, UpstreamRefusal } from '../errors.ts';
import type { FailureClass } from './failureClass.ts';

/** What an error code of the vendor's means; each of its APIs has a table of them. */
export interface CodeMeaning {
  readonly class: FailureClass;
  readonly problem: ProblemCode;
  /** On a task, if it differs there. */
  readonly onTask?: ProblemCode;
  /** What a creation refused with it says of each of its devices, if that has a name. */
  readonly ofDevices?: DeviceErrorCode;
  /** Further members of the problem. */
  readonly members?: Readonly<Record<string, string>>;
}

/** Every way a call to the vendor can fail, whichever of its APIs is called. */
export type Failure =
  /** No whole answer: refused, reset, TLS or DNS. `sent`: whether the request may have reached the vendor. */
  | { readonly kind: 'connection'; readonly sent: boolean; readonly reason: string }
  /** No answer within the attempt's time. */
  | { readonly kind: 'timeout'; readonly sent: boolean }
  /** An answer that is not HTTP, not HTTP 200, not JSON, not of the documented shape, or too large. */
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly httpStatus?: number }
  /** A well-formed answer that is no success. */
  | {
      readonly kind: 'refusal';
      readonly meaning: CodeMeaning;
      /** What it was refused with, as clients are told. */
      readonly upstream: UpstreamRefusal;
      /** The vendor's own clock in Unix seconds, if the answer tells it. */
      readonly vendorClockS?: number;
    }
  /** Not sent: the request's own time is over. */
  | { readonly kind: 'no-time-left' }
  /** Not sent: too many calls in a row had failed. */
  | { readonly kind: 'breaker-open' }
  /** Not sent: our own key pair, to sign with, could not be read. */
  | { readonly kind: 'no-key'; readonly error: unknown };

export type UnreadableReason = 'http' | 'status' | 'json' | 'shape' | 'size' | 'incomplete';

export interface FailedOutcome {
  readonly ok: false;
  readonly failure: Failure;
}

export type Outcome<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** The vendor's clock less ours, if the call asks for it and his answer tells it (`measureAheadMs`). */
      readonly aheadMs?: number | undefined;
    }
  | FailedOutcome;

export function failed(failure: Failure): FailedOutcome {
  return { ok: false, failure };
}

export function classOf(failure: Failure): FailureClass {
  switch (failure.kind) {
    case 'refusal':
      return failure.meaning.class;
    case 'connection':
    case 'timeout':
      return failure.sent ? 'vendor-down' : 'unsent';
    case 'unreadable':
      return (failure.httpStatus ?? 0) >= 500 ? 'vendor-down' : 'vendor-fault';
    case 'no-time-left':
    case 'breaker-open':
    case 'no-key':
      return 'definite';
  }
}

/** One line for our logs: kinds and codes, no vendor text. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'refusal': {
      const { code, moduleCode } = failure.upstream;
      return moduleCode === undefined ? `refusal ${code}` : `refusal ${code}/${moduleCode}`;
    }
    case 'unreadable':
      return `unreadable ${failure.reason} ${failure.httpStatus ?? ''}`.trimEnd();
    case 'connection':
      return `connection ${failure.reason}`;
    default:
      return failure.kind;
  }
}
