export interface NonceMemory {
  /** Remembers the nonce for its key and time; false if it is there already: the call is a replay. */
  readonly accept: (use: NonceUse) => boolean;
  /** Forgets what is older than `oldestS`: the clock check refuses those calls by itself. */
  readonly forgetBefore: (oldestS: number) => void;
  /** How many nonces are remembered. */
  readonly size: () => number;
}

export interface NonceUse {
  readonly secretId: string;
  readonly timestampS: number;
  readonly nonce: string;
}

/**
 * A memory of used nonces. The vendor counts a nonce together with its Timestamp, so the same number is fresh again
 * in another second. Source: "Common parameters" in legacy-api.md.
 */
export function createNonceMemory(): NonceMemory {
  const usesByTime = new Map<number, Set<string>>();
  return {
    accept({ secretId, timestampS, nonce }) {
      const uses = usesByTime.get(timestampS) ?? new Set<string>();
      const use = JSON.stringify([secretId, nonce]);
      if (uses.has(use)) return false;
      usesByTime.set(timestampS, uses.add(use));
      return true;
    },
    forgetBefore(oldestS) {
      for (const timestampS of usesByTime.keys()) {
        if (timestampS < oldestS) usesByTime.delete(timestampS);
      }
    },
    size: () => [...usesByTime.values()].reduce((sum, uses) => sum + uses.size, 0),
  };
}
