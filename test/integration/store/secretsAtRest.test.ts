import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../lib/store/keyWrapper.ts';
import { packJson, unpackJson } from '../../../lib/store/packing.ts';
import { secretOf, type Device } from '../../../lib/deviceTasks/device.ts';
import type { PageQuery } from '../../../lib/deviceTasks/paging.ts';
import { createSecret } from '../../../lib/secret.ts';
import { issueDevices } from '../../support/devices.ts';
import { pageOf } from '../../support/pageOf.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';
import type { SdkItem } from '../../support/testTable.ts';

let fixture: StoreFixture;
const ref = (taskId: string) => ({ productId: 'P', taskId });

let tasks: Record<'certificates' | 'psks', Device[]>;
let secrets: string[];
let needles: string[];

beforeAll(async () => {
  fixture = await startStoreFixture();
  // Two chunks each.
  tasks = { certificates: await issueDevices('certificate', 23), psks: await issueDevices('psk', 23) };
  secrets = Object.values(tasks).flatMap((devices) => devices.flatMap((device) => secretOf(device)?.reveal() ?? []));
  needles = [...new Set(secrets.flatMap(formsOf).flatMap(needlesOf))];
});
beforeEach(async () => {
  for (const [taskId, devices] of Object.entries(tasks)) await fixture.store.save(ref(taskId), devices);
  fixture.faults.splice(0);
});
afterAll(() => fixture.close());

/** What a secret may look like: itself, the lines of a PEM that hold private bytes, and the bytes base64 stands for. */
function formsOf(secret: string): Buffer[] {
  const lines = secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  const bytes = Buffer.from(lines.join(''), 'base64');
  // From its third line on an EC key is the public key, which the certificate shows as well.
  return [secret, ...lines.slice(0, 2)].map((text) => Buffer.from(text)).concat(bytes);
}

/** In clear, in hex, and in base64 at each of its three alignments, the characters that neighbours change cut off. */
function needlesOf(form: Buffer): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), form]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, Math.floor((shift + form.length) / 3) * 4);
  });
  const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [form.toString('latin1'), form.toString('hex'), form.toString('hex').toUpperCase(), ...base64, ...urlSafe];
}

/** Every attribute, names and values: text as it is, bytes as they are, unpacked, and in base64 as the wire has them. */
function haystackOf(items: readonly SdkItem[]): string {
  const values = items.flatMap((item) => Object.values(item));
  const texts = values.map((value) => value.S ?? value.N ?? '');
  const all = values.flatMap((value) => (value.B === undefined ? [] : [Buffer.from(value.B)]));
  const unpacked = all.flatMap((bytes) => unpackJson(bytes) ?? []);
  // Once more with the line breaks as they are, which JSON writes otherwise.
  const parts = unpacked.flatMap((value) => [JSON.stringify(value), JSON.stringify(value).replaceAll(String.raw`\n`, '\n')]);
  return [...texts, ...parts, ...all.map((bytes) => bytes.toString('latin1')), ...all.map((bytes) => bytes.toString('base64')), JSON.stringify(items)].join('\n');
}

const foundIn = (items: readonly SdkItem[]) => {
  const haystack = haystackOf(items);
  return needles.filter((needle) => haystack.includes(needle));
};

describe('a scan of the whole table', () => {
  it('finds no secret, in clear, in hex or in base64 at any alignment', async () => {
    const items = await fixture.scan();
    expect(items).toHaveLength(10);
    expect(Math.min(...needles.map((needle) => needle.length))).toBeGreaterThanOrEqual(16);
    expect(foundIn(items)).toEqual([]);
  });

  it('would find one in any of these forms', () => {
    for (const secret of secrets)
      for (const shift of [0, 1, 2]) {
        const text = `${'~'.repeat(shift)}${secret}~`;
        const forms: SdkItem[] = [
          { a: { S: text } },
          { a: { B: Buffer.from(text) } },
          { a: { S: Buffer.from(text).toString('base64') } },
          { a: { S: Buffer.from(text).toString('hex') } },
          { a: { B: packJson([{ secret }]) } },
          { a: { B: Buffer.from(secret.replaceAll(/-----.*-----|\n/g, ''), 'base64') } },
        ];
        for (const form of forms) expect(foundIn([form]).length).toBeGreaterThan(0);
      }
  });
});

const itemsOf = async (taskId: string, prefix = '') => {
  const items = (await fixture.scan()).filter((item) => item['sk']?.S?.startsWith(prefix) && item['pk']?.S?.endsWith(`#${taskId}`));
  return items.toSorted((one, other) => String(one['sk']?.S).localeCompare(String(other['sk']?.S)));
};
const header = async (taskId: string): Promise<SdkItem> => (await itemsOf(taskId, 'header'))[0] ?? {};

/** Without secrets the page is right; with them it is absent and reported, once. */
async function expectLost(taskId: keyof typeof tasks, fault = 'stored-mismatch') {
  const read = async (withSecrets: boolean) => show(everything, await pageOf(fixture.store.readPage(ref(taskId), everything, withSecrets)));
  expect(await read(false)).toBe(showCut(tasks[taskId], everything, false));
  expect(fixture.faults).toEqual([]);
  expect(await read(true)).toBe('absent');
  expect(fixture.faults.splice(0)).toEqual([fault]);
}

const expectWhole = async (taskId: keyof typeof tasks, query: PageQuery = everything) =>
  expect(show(query, await pageOf(fixture.store.readPage(ref(taskId), query, true)))).toBe(showCut(tasks[taskId], query, true));

const flip = (bytes: Uint8Array | undefined, index: number) => Uint8Array.from(bytes ?? [], (byte, at) => (at === index ? byte ^ 1 : byte));

/** A chunk in clear whose devices were changed by somebody who can write to the table. */
async function rewriteChunk(taskId: string, change: (devices: Record<string, unknown>[]) => void) {
  const [item = {}] = await itemsOf(taskId, 'chunk#');
  const devices = unpackJson(item['data']?.B ?? new Uint8Array()) as Record<string, unknown>[]; // as the store writes them
  change(devices);
  await fixture.putRaw({ ...item, data: { B: packJson(devices) } });
}

describe.each(['certificates', 'psks'] as const)('the secrets of a task of %s', (taskId) => {
  it('open, untouched', async () => {
    await expectWhole(taskId);
    expect(fixture.faults).toEqual([]);
  });

  it('count as lost if one byte of any chunk of them was flipped, wherever it stands', async () => {
    for (const item of await itemsOf(taskId, 'secrets#')) {
      const length = item['data']?.B?.length ?? 0;
      for (const index of [0, 11, 12, Math.floor(length / 2), length - 17, length - 16, length - 1]) {
        await fixture.putRaw({ ...item, data: { B: flip(item['data']?.B, index) } });
        await expectLost(taskId);
      }
      await fixture.putRaw(item);
    }
    await expectWhole(taskId);
  });

  it('leave the pages they are not on readable', async () => {
    const [item] = await itemsOf(taskId, 'secrets#');
    await fixture.putRaw({ ...item, data: { B: flip(item?.['data']?.B, 20) } });
    await expectWhole(taskId, { page: 2, pageSize: 20 });
  });

  it('count as lost if two chunks of them were swapped', async () => {
    const [one = {}, other = {}] = await itemsOf(taskId, 'secrets#');
    await fixture.putRaw({ ...one, sk: other['sk'] ?? { S: '' } });
    await fixture.putRaw({ ...other, sk: one['sk'] ?? { S: '' } });
    await expectLost(taskId);
  });

  it.each<[string, (devices: Record<string, unknown>[]) => void]>([
    ['two devices swapped', (devices) => devices.unshift(...devices.splice(1, 1))],
    ['a device renamed', ([device]) => Object.assign(device ?? {}, { deviceName: 'another' })],
    ['a device without its key', ([device]) => delete device?.['credentials']],
    ['another certificate', ([device]) => Object.assign(device ?? {}, { credentials: { type: 'certificate', certificate: 'another' } })],
  ])('count as lost beside %s', async (_, change) => {
    await rewriteChunk(taskId, () => {});
    await expectWhole(taskId);
    await rewriteChunk(taskId, change);
    expect(await fixture.store.readPage(ref(taskId), everything, true)).toMatchObject({ kind: 'absent' });
    expect(fixture.faults).toEqual(['stored-mismatch']);
    expect(await fixture.store.readPage(ref(taskId), everything, false)).toMatchObject({ kind: 'found' });
  });

  it.each<[string, SdkItem]>([
    ['a list cut to one device', { statuses: { S: 'c' } }],
    ['a status changed', { statuses: { S: `f${'c'.repeat(22)}` } }],
    ['an expiry in 2096', { expiresAt: { N: '4000000000' } }],
  ])('count as lost beside %s', async (_, change) => {
    await fixture.putRaw({ ...(await header(taskId)), ...change });
    expect(await fixture.store.readPage(ref(taskId), everything, true)).toMatchObject({ kind: 'absent' });
    expect(fixture.faults).toEqual(['stored-mismatch']);
    expect(await fixture.store.readPage(ref(taskId), everything, false)).toMatchObject({ kind: 'found' });
  });

  it('count as lost in another task, though header, data key and chunks moved with them', async () => {
    for (const item of await itemsOf(taskId)) await fixture.putRaw({ ...item, pk: { S: String(item['pk']?.S).replace(taskId, 'stolen') } });
    expect(show(everything, await pageOf(fixture.store.readPage(ref('stolen'), everything, false)))).toBe(showCut(tasks[taskId], everything, false));
    expect(await fixture.store.readPage(ref('stolen'), everything, true)).toMatchObject({ kind: 'absent' });
    expect(fixture.faults).toEqual(['stored-secret-unreadable']);
  });

  it('count as lost if they come from an earlier fetch', async () => {
    const old = await itemsOf(taskId, 'secrets#');
    await fixture.store.save(ref(taskId), tasks[taskId]);
    const fetchId = (await header(taskId))['fetchId'] ?? { S: '' };
    for (const item of old) await fixture.putRaw({ ...item, fetchId });
    await expectLost(taskId);
  });

  it('count as lost if a chunk of them is missing', async () => {
    const [item] = await itemsOf(taskId, 'secrets#');
    await fixture.table.remove(item?.['pk']?.S ?? '', item?.['sk']?.S ?? '');
    await expectLost(taskId, 'stored-secret-unreadable');
  });

  it('count as lost if the wrapped key is damaged', async () => {
    const item = await header(taskId);
    const wrapped = item['dataKey']?.B;
    for (const index of [0, 20, (wrapped?.length ?? 0) - 1]) {
      await fixture.putRaw({ ...item, dataKey: { B: flip(wrapped, index) } });
      await expectLost(taskId, 'stored-secret-unreadable');
    }
  });

  it('count as lost under another wrapping key, until they are stored anew', async () => {
    const wrapper = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
    const other = fixture.storeOver(fixture.call, { wrapper });
    expect(await other.readPage(ref(taskId), everything, true)).toMatchObject({ kind: 'absent' });
    expect(fixture.faults).toEqual(['stored-secret-unreadable']);
    await other.save(ref(taskId), tasks[taskId]);
    expect(show(everything, await pageOf(other.readPage(ref(taskId), everything, true)))).toBe(showCut(tasks[taskId], everything, true));
  });
});
