import * as z from 'zod/mini';
import type { RequestScope } from '../../lib/deviceTasks/requestScope.ts';
import { createBreaker } from '../../lib/upstream/breaker.ts';
import { createHttpTransport } from '../../lib/upstream/httpTransport.ts';
import { createQueryV2, type QueryV2Options } from '../../lib/upstream/queryV2/queryV2.ts';
import type { QueryParameters } from '../../lib/upstream/queryV2/signature.ts';
import type { VendorCall } from '../../lib/upstream/vendorApi.ts';
import { createVendorClient, type VendorClientDeps } from '../../lib/upstream/vendorClient.ts';
import type { VendorKey } from '../../lib/upstream/vendorKeys.ts';
import { createSecret } from '../../lib/secret.ts';
import { emulatorEpochMs, emulatorKey } from './emulatorClient.ts';

/** A clock that only sleeping and the test move; a sleep costs no time of ours. */
export function createTestClock(startMs = emulatorEpochMs) {
  const pausesMs: number[] = [];
  let nowMs = startMs;
  const advance = (ms: number): void => void (nowMs += ms);
  return {
    now: () => nowMs,
    sleep: (ms: number) => {
      pausesMs.push(ms);
      advance(ms);
      return Promise.resolve();
    },
    advance,
    /** Every sleep so far. */
    pausesMs: pausesMs as readonly number[],
  };
}

/** Keys that change when they are read again, as often as `rotations` has further ones. */
export function createTestKeys(first: VendorKey, ...rotations: VendorKey[]) {
  let key = first;
  let refreshes = 0;
  return {
    current: () => Promise.resolve(key),
    refresh: () => {
      refreshes += 1;
      const next = rotations.shift();
      key = next ?? key;
      return Promise.resolve(next !== undefined);
    },
    countRefreshes: () => refreshes,
  };
}

export const testKey: VendorKey = { secretId: emulatorKey.secretId, secretKey: createSecret(emulatorKey.secretKey) };

/** What a test client may be given instead of its own parts. */
export type TestClientParts = Partial<VendorClientDeps & Omit<QueryV2Options, 'endpoint'>>;

/** The client of the query API with the real transport and breaker, nonces 1, 2, 3, … and the longest backoff. */
export function createTestClient(endpoint: string, parts: TestClientParts = {}) {
  let lastNonce = 0;
  const nonce = () => (lastNonce += 1);
  const api = createQueryV2({ endpoint, region: 'gz', signatureMethod: 'HmacSHA256', nonce, ...parts });
  return createVendorClient(api, {
    timeoutMs: 10_000,
    keys: createTestKeys(testKey),
    transport: createHttpTransport(),
    breaker: createBreaker(),
    clock: createTestClock(),
    random: () => 0.999,
    ...parts,
  });
}

/** One request's share; 8 s after the test clock's start unless told otherwise. */
export function createTestScope(deadlineMs = emulatorEpochMs + 8000): RequestScope {
  return { deadlineMs, tally: { vendorCalls: 0, vendorMs: 0 } };
}

const payload = z.object({ answer: z.string() });

/** A call of no action the vendor knows; its answer has one member, `answer`. */
export const anyCall: VendorCall<QueryParameters, z.infer<typeof payload>> = { action: 'AnyAction', parameters: { name: 'value' }, payload };
