import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../lib/deviceBatches/storePorts.ts';
import { secretOf, type Device } from '../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../lib/secret.ts';
import { createFindingStore } from '../../../lib/store/findingStore.ts';
import { createLocalKeyWrapper } from '../../../lib/store/keyWrapper.ts';
import { account, startStoreFixture, type StoreFixture } from './storeFixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await startStoreFixture();
});
afterAll(() => fixture.close());
afterEach(() => void fixture.faults.splice(0));

const expiresAtS = Math.floor(Date.now() / 1000) + 86_400;
let batches = 0;
const newRef = () => ({ productId: 'P', batchId: `batch-${(batches += 1)}` });
const open = (ref: ReturnType<typeof newRef>, wrapper = fixture.wrapper) => {
  const { table, clock, faults } = fixture;
  const store = createFindingStore({ table, account, wrapper, clock, reportFault: (event) => void faults.push(event) });
  return { store, findings: store.open(ref, 7, expiresAtS) };
};

const recovered = (privateKey: string): Finding => ({
  kind: 'device',
  device: { deviceName: 'a', status: 'created', credentials: { type: 'certificate', certificate: 'public', privateKey: createSecret(privateKey) } },
});
const lost: Finding = { kind: 'device', device: { deviceName: 'a', status: 'failed', error: { code: 'credentials-lost' } } };
const secretIn = (finding: Finding | undefined) => (finding?.kind === 'device' ? secretOf(finding.device)?.reveal() : undefined);
const rowsOf = async ({ batchId }: { batchId: string }) => (await fixture.scan()).filter((item) => item['pk']?.S === `${account}#recovered#P#${batchId}#007`);

describe('what was found of a device', () => {
  it('is read again as it was kept, its key byte for byte, and stands nowhere in clear', async () => {
    const ref = newRef();
    const psk: Device = { deviceName: 'b', status: 'created', credentials: { type: 'psk', psk: createSecret('s/GiL8XZ7f/bWvQIuKjMoQ==') } };
    const kept: Finding[] = [recovered('KEY\n\u00e9'), { kind: 'device', device: psk }, lost, { kind: 'unknown' }, { kind: 'missing', look: 1 }];
    const { write } = await open(ref).findings;
    for (const [position, finding] of kept.entries()) await write(position, finding);
    const { found } = await open(ref).findings;
    expect([...found.keys()]).toEqual([0, 1, 2, 3, 4]);
    expect([secretIn(found.get(0)), secretIn(found.get(1))]).toEqual(['KEY\n\u00e9', 's/GiL8XZ7f/bWvQIuKjMoQ==']);
    expect([found.get(2), found.get(3), found.get(4)]).toEqual(kept.slice(2));
    const rows = await rowsOf(ref);
    expect(rows).toHaveLength(5);
    expect(JSON.stringify(rows, (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))).not.toMatch(/KEY|s\/GiL8/);
  });

  it('gives way to a key, and otherwise only if it was missing', async () => {
    const ref = newRef();
    const { write } = await open(ref).findings;
    const kindsAfter = async (...findings: Finding[]) => {
      for (const finding of findings) await write(0, finding);
      const { found } = await open(ref).findings;
      return secretIn(found.get(0)) ?? JSON.stringify(found.get(0));
    };
    expect(await kindsAfter({ kind: 'missing', look: 1 }, { kind: 'missing', look: 2 })).toBe(JSON.stringify({ kind: 'missing', look: 2 }));
    expect(await kindsAfter(lost, { kind: 'missing', look: 3 }, { kind: 'unknown' })).toBe(JSON.stringify(lost));
    expect(await kindsAfter(recovered('KEY'), lost, { kind: 'unknown' })).toBe('KEY');
  });

  it('has lost its key if something beside it was changed, or the wrapping key is another', async () => {
    const ref = newRef();
    await (await open(ref).findings).write(0, recovered('KEY'));
    const other = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
    expect(secretIn((await open(ref, other).findings).found.get(0))).toBeUndefined();
    const [row] = await rowsOf(ref);
    const clear = row?.['clear']?.S?.replace('public', 'forged') ?? '';
    await fixture.putRaw({ ...row, clear: { S: clear } });
    const { found } = await open(ref).findings;
    expect([found.get(0)?.kind, secretIn(found.get(0)), fixture.faults]).toEqual(['device', undefined, ['stored-mismatch', 'stored-mismatch']]);
  });

  it('is gone once it is cleared', async () => {
    const ref = newRef();
    const { store, findings } = open(ref);
    await (await findings).write(0, recovered('KEY'));
    await (await findings).write(99, lost);
    await store.clear(ref, 7);
    expect([(await open(ref).findings).found.size, await rowsOf(ref)]).toEqual([0, []]);
  });
});
