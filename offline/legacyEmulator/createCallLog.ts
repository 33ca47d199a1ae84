import type { Answer } from './createAnswerer.ts';
import type { EmulatedCall } from './legacyEmulator.ts';
import type { LegacyCall } from './readCall.ts';

/** Keeps the answered calls for tests to count, without the key's public half and the signature. */
export function createCallLog() {
  const calls: EmulatedCall[] = [];
  return {
    calls: calls as readonly EmulatedCall[],
    record: ({ httpMethod, params }: LegacyCall, { reply: { code }, moduleCode }: Answer): void => {
      const { Signature: _signature, SecretId: _secretId, ...rest } = Object.fromEntries(params);
      const action = params.get('Action') ?? '';
      calls.push({ action, httpMethod, code, ...(moduleCode === undefined ? {} : { moduleCode }), params: rest });
    },
    countCalls: (action?: string): number =>
      action === undefined ? calls.length : calls.filter((call) => call.action === action).length,
    clearCalls: (): void => void calls.splice(0),
  };
}
