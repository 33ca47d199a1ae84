import { describe, expect, it, vi } from 'vitest';
import type { Breaker } from '../../../../lib/upstream/breaker.ts';
import { failed } from '../../../../lib/upstream/failure.ts';
import type { Transport, TransportRequest } from '../../../../lib/upstream/httpTransport.ts';
import { createFixedVendorKeys } from '../../../../lib/upstream/vendorKeys.ts';
import { anyCall, createTestClient, createTestClock, createTestContext, testKey } from '../../../support/createTestClient.ts';

/** A client whose transport takes its time from the test's clock: each attempt costs `costsMs`, then fails. */
function createSlowClient(costsMs: number, timeoutMs = 2500) {
  const clock = createTestClock();
  const requests: TransportRequest[] = [];
  const transport = (request: TransportRequest): ReturnType<Transport> => {
    requests.push(request);
    clock.advance(Math.min(costsMs, request.timeoutMs));
    return Promise.resolve(failed({ kind: 'timeout', sent: true }));
  };
  const client = createTestClient('https://vendor.example:8443/v2/index.php', { clock, timeoutMs, transport });
  return { client, clock, requests };
}

describe('the time of a read', () => {
  it('ends at its deadline: the last attempt gets what is left', async () => {
    const { client, clock, requests } = createSlowClient(Infinity);
    const context = createTestContext(clock.now() + 5000);
    expect(await client.read(anyCall, context)).toMatchObject({ failure: { kind: 'timeout' } });
    // 2500, a pause of 199, and the rest.
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([2500, 2301]);
    expect([clock.now(), context.tally]).toEqual([context.deadlineMs, { vendorCalls: 2, vendorMs: 4801, lastSentAtMs: context.deadlineMs - 2301 }]);
  });

  it('has room for three whole attempts within 8 s', async () => {
    const { client, clock, requests } = createSlowClient(2000);
    const context = createTestContext(clock.now() + 8000);
    await client.read(anyCall, context);
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([2500, 2500, 2500]);
    expect(clock.now()).toBeLessThan(context.deadlineMs);
  });

  it('is not begun with less than 50 ms left', async () => {
    const { client, clock, requests } = createSlowClient(1);
    await client.read(anyCall, createTestContext(clock.now() + 49));
    expect(requests).toHaveLength(0);
    await client.read(anyCall, createTestContext(clock.now() + 50));
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([50]);
  });
});

describe('a key that cannot be read', () => {
  const error = new Error('Secrets Manager is away');

  it('sends nothing, and says nothing of the vendor to the breaker', async () => {
    const keys = { current: () => Promise.reject(error), refresh: () => Promise.resolve(false) };
    let runs = 0;
    const breaker: Breaker = { run: (read) => ((runs += 1), read()) };
    const transport = vi.fn<Transport>();
    const client = createTestClient('https://vendor.example/v2/index.php', { keys, transport, breaker });
    const context = createTestContext();
    for (const call of [client.read, client.create]) expect(await call(anyCall, context)).toEqual(failed({ kind: 'no-key', error }));
    expect([runs, transport.mock.calls, context.tally]).toEqual([0, [], { vendorCalls: 0, vendorMs: 0 }]);
  });

  it('leaves the failure of the attempt before it, which says more', async () => {
    let reads = 0;
    const current = () => ((reads += 1) === 1 ? Promise.resolve(testKey) : Promise.reject(error));
    const transport = () => Promise.resolve(failed({ kind: 'connection', sent: false, reason: 'ECONNREFUSED' }));
    const client = createTestClient('https://vendor.example/v2/index.php', { keys: { current, refresh: () => Promise.resolve(false) }, transport });
    expect(await client.create(anyCall, createTestContext())).toMatchObject({ failure: { kind: 'connection', sent: false } });
  });
});

describe('the address', () => {
  it("is the endpoint's own, port and path included, for every attempt", async () => {
    const { client, requests } = createSlowClient(1);
    await client.read(anyCall, createTestContext());
    expect(requests.map(({ url }) => url.origin + url.pathname)).toEqual(
      Array.from({ length: 3 }, () => 'https://vendor.example:8443/v2/index.php'),
    );
  });
});

describe('createFixedVendorKeys', () => {
  it('gives the same pair for ever: reading it again changes nothing', async () => {
    const keys = createFixedVendorKeys(testKey);
    expect(await keys.refresh(await keys.current())).toBe(false);
    expect(await keys.current()).toBe(testKey);
  });
});
