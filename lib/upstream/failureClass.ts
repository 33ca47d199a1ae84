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
  /** The same call may succeed when it is sent again. */
  readonly mayPass: boolean;
  /** It counts for the breaker. */
  readonly isDown: boolean;
}

const row = (didNothing: boolean, mayPass: boolean, isDown: boolean): FailureTraits => ({ didNothing, mayPass, isDown });

/** All that retries, the breaker and creations need to know of a failure. */
export const failureTraits: Readonly<Record<FailureClass, FailureTraits>> = {
  //                    did nothing, may pass, vendor is down
  definite: row(true, false, false),
  unsent: row(true, true, true),
  throttled: row(true, true, false),
  'key-refused': row(true, false, false),
  'clock-refused': row(true, true, false),
  'out-of-service': row(true, false, true),
  'vendor-fault': row(false, true, false),
  'vendor-down': row(false, true, true),
  inconclusive: row(false, false, false),
};
