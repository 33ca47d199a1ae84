/** What a failure says of a call: whether it did anything, and whether asking again can help. */
export type FailureClass =
  /** Refused, and asking again changes nothing. */
  | 'definite'
  /** It never reached the vendor. */
  | 'unsent'
  /** Refused: too many calls. */
  | 'throttled'
  /** The key pair is refused; it, or its token, may have been rotated. */
  | 'key-refused'
  /** The time the call was signed at is refused. */
  | 'clock-refused'
  /** Refused: the vendor is closed for a while. */
  | 'out-of-service'
  /** A fault of the vendor's own that may pass, or an answer that cannot be read. */
  | 'vendor-fault'
  /** The same, and it says that the vendor is down. */
  | 'vendor-down'
  /** Nothing says what was done, nor that asking again helps. */
  | 'inconclusive';

export interface FailureTraits {
  /** The call surely did nothing; otherwise it may have. */
  readonly didNothing: boolean;
  /** Sending the same call again may succeed. */
  readonly isRetryable: boolean;
  /** The vendor is down: the breaker counts it. */
  readonly isDown: boolean;
}

/** All that retries, the breaker and creations need to know of a failure. */
export const failureTraits: Readonly<Record<FailureClass, FailureTraits>> = {
  definite: { didNothing: true, isRetryable: false, isDown: false },
  unsent: { didNothing: true, isRetryable: true, isDown: true },
  throttled: { didNothing: true, isRetryable: true, isDown: false },
  'key-refused': { didNothing: true, isRetryable: false, isDown: false },
  'clock-refused': { didNothing: true, isRetryable: true, isDown: false },
  'out-of-service': { didNothing: true, isRetryable: false, isDown: true },
  'vendor-fault': { didNothing: false, isRetryable: true, isDown: false },
  'vendor-down': { didNothing: false, isRetryable: true, isDown: true },
  inconclusive: { didNothing: false, isRetryable: false, isDown: false },
};
