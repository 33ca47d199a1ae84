import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi3 } from '../../../../lib/upstream/api3/api3.ts';
import { createDeviceCalls } from '../../../../lib/upstream/api3/deviceCalls.ts';
import { createBreaker } from '../../../../lib/upstream/breaker.ts';
import { createDeviceLookup } from '../../../../lib/upstream/deviceLookup.ts';
import { createHttpTransport } from '../../../../lib/upstream/httpTransport.ts';
import { createVendorClient } from '../../../../lib/upstream/vendorClient.ts';
import { startEmulator, type Emulator } from '../../../../offline/emulator/startEmulator.ts';
import { api3Api } from '../../../support/api3Api.ts';
import { createTestClock, createTestContext, createTestKeys, testKey } from '../../../support/createTestClient.ts';
import { emulatorEpochMs, emulatorKey } from '../../../support/emulatorClient.ts';
import { replyJson, startScriptedUpstream, type ScriptedAnswer } from '../../../support/scriptedUpstream.ts';

const products = [
  { productId: 'CERT', encryption: 'certificate' as const },
  { productId: 'PSK', encryption: 'psk' as const },
];

let clock: ReturnType<typeof createTestClock>;
let emulator: Emulator;
beforeEach(async () => {
  clock = createTestClock();
  emulator = await startEmulator({ ...emulatorKey, now: clock.now, products });
});
afterEach(() => emulator.close());

const lookUpAt = (endpoint: string) =>
  createDeviceLookup(
    createDeviceCalls(
      createVendorClient(createApi3({ endpoint, region: 'ap-guangzhou' }), {
        timeoutMs: 10_000,
        keys: createTestKeys(testKey),
        transport: createHttpTransport(),
        breaker: createBreaker(),
        clock,
        random: () => 0,
      }),
    ),
  );

describe('a lookup over API 3.0', () => {
  it('finds a certificate device, and has its key handed out once', async () => {
    emulator.addDevice('CERT', 'a', undefined, emulatorEpochMs - 5000);
    const keys = await emulator.findDevice('CERT', 'a')?.keys();
    const lookup = lookUpAt(emulator.api3Endpoint);
    const found = await lookup.find('CERT', 'a', createTestContext());
    expect(found).toEqual({ createdAtS: emulatorEpochMs / 1000 - 5, aheadMs: 0, certificate: expect.stringContaining('BEGIN CERTIFICATE'), isKeyFetched: false });
    const key = await lookup.fetchKey('CERT', 'a', createTestContext());
    expect({ deviceCert: found?.certificate, devicePrivateKey: key?.reveal() }).toEqual(keys);
    expect(await lookup.find('CERT', 'a', createTestContext())).toMatchObject({ isKeyFetched: true });
    expect(await lookup.fetchKey('CERT', 'a', createTestContext())).toBeUndefined();
  });

  it('finds the pre-shared key of a device, and no device that does not exist', async () => {
    emulator.addDevice('PSK', 'b');
    const lookup = lookUpAt(emulator.api3Endpoint);
    const found = await lookup.find('PSK', 'b', createTestContext());
    expect({ devicePsk: found?.psk?.reveal() }).toEqual(await emulator.findDevice('PSK', 'b')?.keys());
    expect(await lookup.find('PSK', 'c', createTestContext())).toBeUndefined();
    await expect(lookup.find('NONE', 'c', createTestContext())).rejects.toMatchObject({ code: 'product-not-found' });
  });

  it('does not ask for a key without the time to wait for it', async () => {
    emulator.addDevice('CERT', 'a');
    const lookup = lookUpAt(emulator.api3Endpoint);
    await expect(lookup.fetchKey('CERT', 'a', createTestContext(clock.now() + 1999))).rejects.toMatchObject({ code: 'upstream-timeout' });
    expect([emulator.countCalls(), emulator.findDevice('CERT', 'a')?.isKeyFetched]).toEqual([0, false]);
  });
});

describe('a key that the vendor is asked for', () => {
  const answers = async (...script: ScriptedAnswer[]) => {
    const upstream = await startScriptedUpstream();
    upstream.script(...script);
    return upstream;
  };
  const { refuse } = api3Api.refusals;
  const key = replyJson({ Response: { ClientKey: 'KEY', RequestId: 'r' } });

  it.each([
    ['no answer comes', { kind: 'reset-after-request' } as const],
    ['the answer cannot be read', replyJson({ Response: { RequestId: 'r' } })],
    ['the vendor failed in between', refuse('InternalError')],
    ['it was handed out before', refuse('UnsupportedOperation.ClientCertAlreadyGot')],
  ])('is lost if %s, and not asked for again', async (_when, answer) => {
    const upstream = await answers(answer, key);
    expect(await lookUpAt(`${upstream.origin}/`).fetchKey('P', 'a', createTestContext())).toBeUndefined();
    expect(upstream.requests).toHaveLength(1);
    await upstream.close();
  });

  it('is asked for again if the call surely did nothing', async () => {
    const upstream = await answers(refuse('RequestLimitExceeded'), key);
    const fetched = await lookUpAt(`${upstream.origin}/`).fetchKey('P', 'a', createTestContext());
    expect([fetched?.reveal(), upstream.requests.length]).toEqual(['KEY', 2]);
    await upstream.close();
  });

  it('is left for later if the vendor throttles or is closed', async () => {
    const upstream = await answers(refuse('RequestLimitExceeded'), refuse('RequestLimitExceeded'), refuse('RequestLimitExceeded'), refuse('ServiceUnavailable'));
    const lookup = lookUpAt(`${upstream.origin}/`);
    await expect(lookup.fetchKey('P', 'a', createTestContext())).rejects.toMatchObject({ code: 'upstream-rate-limited' });
    await expect(lookup.fetchKey('P', 'a', createTestContext())).rejects.toMatchObject({ code: 'upstream-unavailable' });
    await upstream.close();
  });
});
