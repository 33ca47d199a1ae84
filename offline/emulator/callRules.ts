/** What the emulator demands of every call, whichever API it is of. */
export interface CallRules {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string | undefined;
  readonly region: string;
  /** Largest allowed distance between a call's time and `now`, in seconds. */
  readonly skewToleranceS: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly isKnownAction: (action: string) => boolean;
}
