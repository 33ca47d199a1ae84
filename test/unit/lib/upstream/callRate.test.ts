import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallRate } from '../../../../lib/upstream/callRate.ts';
import { anyCall, createTestClient, createTestClock, createTestContext } from '../../../support/createTestClient.ts';

fc.configureGlobal({ seed: 20_261_124 });

/** Asks at a time of the test's, and tells when the call would be made. */
function createAsking(callsPerS: number) {
  let [nowMs, sleptMs] = [0, 0];
  const sleep = (ms: number) => {
    sleptMs = ms;
    return Promise.resolve();
  };
  const admitCall = createCallRate(callsPerS, { now: () => nowMs, sleep });
  return async (atMs: number, latestMs = Infinity): Promise<number | undefined> => {
    [nowMs, sleptMs] = [atMs, 0];
    return (await admitCall(latestMs)) ? atMs + sleptMs : undefined;
  };
}

describe('calls held to a rate', () => {
  it('are made at once if there is room, and else one after the other', async () => {
    const ask = createAsking(4);
    expect([await ask(1000), await ask(1000), await ask(1100), await ask(5000)]).toEqual([1000, 1250, 1500, 5000]);
  });

  it('are not made if their turn comes too late, and keep nobody else waiting', async () => {
    const ask = createAsking(1);
    expect([await ask(0), await ask(0, 999), await ask(0, 1000), await ask(0, 1999)]).toEqual([0, undefined, 1000, undefined]);
  });

  it('are never more than that, whenever and however patiently they are asked for', async () => {
    const asks = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 3000 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(asks, fc.integer({ min: 1, max: 40 }), async (steps, callsPerS) => {
        const ask = createAsking(callsPerS);
        const made: number[] = [];
        let nowMs = 0;
        for (const [laterMs, patienceMs] of steps) {
          nowMs += laterMs;
          const atMs = await ask(nowMs, nowMs + patienceMs);
          const turnMs = Math.max(nowMs, (made.at(-1) ?? -Infinity) + 1000 / callsPerS);
          // The turn is known, to the rounding of a sum; whoever could wait for it has.
          const latenessMs = atMs === undefined ? nowMs + patienceMs - turnMs : Math.abs(atMs - turnMs);
          expect(latenessMs).toBeLessThan(1e-6);
          if (atMs !== undefined) made.push(atMs);
        }
      }),
    );
  });
});

describe('a client held to a rate', () => {
  const endpoint = 'https://vendor.example/v2/index.php';
  const answer = () => Promise.resolve({ ok: false as const, failure: { kind: 'timeout' as const, sent: false } });

  it("spaces its attempts, retries included, and does not count the waiting as the vendor's time", async () => {
    const clock = createTestClock();
    const startedMs = clock.now();
    const sentAtMs: number[] = [];
    const transport = () => (sentAtMs.push(clock.now() - startedMs), answer());
    const client = createTestClient(endpoint, { clock, transport, admitCall: createCallRate(1, clock) });
    const context = createTestContext();
    await client.read(anyCall, context);
    expect([sentAtMs, context.tally]).toEqual([[0, 1000, 2000], { vendorCalls: 3, vendorMs: 0, lastSentAtMs: context.deadlineMs - 6000 }]);
  });

  it('sends nothing for which there is no time, and says so', async () => {
    const clock = createTestClock();
    let calls = 0;
    const transport = () => ((calls += 1), answer());
    const client = createTestClient(endpoint, { clock, transport, admitCall: () => Promise.resolve(false) });
    const context = createTestContext();
    for (const call of [client.read, client.create]) expect(await call(anyCall, context)).toEqual({ ok: false, failure: { kind: 'no-time-left' } });
    expect([calls, context.tally.vendorCalls]).toEqual([0, 0]);
  });
});
