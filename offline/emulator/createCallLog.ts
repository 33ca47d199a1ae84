/** One HTTP request that reached an API, as it was answered. */
export interface EmulatedCall {
  /** Empty if the call named none. */
  readonly action: string;
  readonly httpMethod: 'GET' | 'POST';
  /** Of the query API a number, 0 for success; of API 3.0 a name, empty for success. */
  readonly code: number | string;
  readonly moduleCode?: number;
  /** Everything but the key's public half and the signature. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** Keeps the answered calls for tests to count. */
export function createCallLog() {
  const calls: EmulatedCall[] = [];
  return {
    /** Live, in the order of the answers. */
    calls: calls as readonly EmulatedCall[],
    record: (call: EmulatedCall): void => void calls.push(call),
    countCalls: (action?: string): number =>
      action === undefined ? calls.length : calls.filter((call) => call.action === action).length,
    clearCalls: (): void => void calls.splice(0),
  };
}

export type CallLog = ReturnType<typeof createCallLog>;
