import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../lib/cache/keyWrapper.ts';
import { secretOf, type Device } from '../../../lib/deviceTasks/device.ts';
import { createSecret } from '../../../lib/secret.ts';
import { issueDevices } from '../../support/devices.ts';
import { everything, show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';
import type { SdkItem } from '../../support/testTable.ts';
import { pageOf } from '../../support/pageOf.ts';

let fixture: StoreFixture;
const ref = (taskId: string) => ({ productId: 'P', taskId });

let tasks: Record<'certificates' | 'psks', Device[]>;
let secrets: string[];
let needles: string[];

beforeAll(async () => {
  fixture = await startStoreFixture();
  tasks = { certificates: await issueDevices('certificate', 6), psks: await issueDevices('psk', 6) };
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

/** Every attribute, names and values: text as it is, bytes as they are and in base64 as the wire has them. */
function haystackOf(items: readonly SdkItem[]): string {
  const values = items.flatMap((item) => Object.values(item));
  const texts = values.map((value) => value.S ?? value.N ?? '');
  const boxes = values.flatMap((value) => (value.B === undefined ? [] : [Buffer.from(value.B)]));
  return [...texts, ...boxes.map((box) => box.toString('latin1')), ...boxes.map((box) => box.toString('base64')), JSON.stringify(items)].join('\n');
}

const foundIn = (items: readonly SdkItem[]) => {
  const haystack = haystackOf(items);
  return needles.filter((needle) => haystack.includes(needle));
};

describe('a scan of the whole table', () => {
  it('finds no secret, in clear, in hex or in base64 at any alignment', async () => {
    const items = await fixture.scan();
    expect(items).toHaveLength(26);
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
          { a: { B: Buffer.from(secret.replaceAll(/-----.*-----|\n/g, ''), 'base64') } },
        ];
        for (const form of forms) expect(foundIn([form]).length).toBeGreaterThan(0);
      }
  });
});

const secretRows = async (taskId: string) => {
  const rows = (await fixture.scan()).filter((item) => item['sk']?.S?.startsWith('secret#') && item['pk']?.S?.endsWith(`#${taskId}`));
  return rows.toSorted((one, other) => String(one['sk']?.S).localeCompare(String(other['sk']?.S)));
};

const header = async (taskId: string): Promise<SdkItem> =>
  (await fixture.scan()).find((item) => item['sk']?.S === 'header' && item['pk']?.S?.endsWith(`#${taskId}`)) ?? {};

/** Without secrets the page is right; with them it is absent and reported, once. */
async function expectLost(taskId: keyof typeof tasks) {
  const read = (withSecrets: boolean) => pageOf(fixture.store.readPage(ref(taskId), everything, withSecrets));
  expect(show(everything, await read(false))).toBe(showCut(tasks[taskId], everything, false));
  expect(fixture.faults).toEqual([]);
  expect(await read(true)).toBeUndefined();
  expect(fixture.faults.splice(0)).toEqual(['stored-secret-unreadable']);
}

const flip = (bytes: Uint8Array | undefined, index: number) => Uint8Array.from(bytes ?? [], (byte, at) => (at === index ? byte ^ 1 : byte));

describe.each(['certificates', 'psks'] as const)('secret rows of a task of %s', (taskId) => {
  it('open, untouched', async () => {
    expect(show(everything, await pageOf(fixture.store.readPage(ref(taskId), everything, true)))).toBe(showCut(tasks[taskId], everything, true));
    expect(fixture.faults).toEqual([]);
  });

  it('count as lost where one byte of any of them was flipped, wherever it stands', async () => {
    for (const row of await secretRows(taskId)) {
      const length = row['box']?.B?.length ?? 0;
      for (const index of [0, 11, 12, Math.floor(length / 2), length - 17, length - 16, length - 1]) {
        await fixture.putRaw({ ...row, box: { B: flip(row['box']?.B, index) } });
        await expectLost(taskId);
      }
      await fixture.putRaw(row);
    }
    expect(await pageOf(fixture.store.readPage(ref(taskId), everything, true))).toBeDefined();
  });

  it('leave the pages they are not on readable', async () => {
    const [row] = await secretRows(taskId);
    await fixture.putRaw({ ...row, box: { B: flip(row?.['box']?.B, 20) } });
    const query = { page: 2, pageSize: 3 };
    expect(show(query, await pageOf(fixture.store.readPage(ref(taskId), query, true)))).toBe(showCut(tasks[taskId], query, true));
  });

  it('count as lost where two of them were swapped', async () => {
    const [one = {}, other = {}] = await secretRows(taskId);
    await fixture.putRaw({ ...one, sk: other['sk'] ?? { S: '' } });
    await fixture.putRaw({ ...other, sk: one['sk'] ?? { S: '' } });
    await expectLost(taskId);
  });

  it('count as lost where the devices they belong to were swapped', async () => {
    const rows = (await fixture.scan()).filter((item) => item['sk']?.S?.startsWith('row#') && item['pk']?.S?.endsWith(`#${taskId}`));
    const [one = {}, other = {}] = rows;
    await fixture.putRaw({ ...one, device: other['device'] ?? { S: '' } });
    await fixture.putRaw({ ...other, device: one['device'] ?? { S: '' } });
    expect(await pageOf(fixture.store.readPage(ref(taskId), everything, true))).toBeUndefined();
    expect(fixture.faults).toEqual(['stored-secret-unreadable']);
  });

  it('count as lost in another task, though header, data key and rows moved with them', async () => {
    const items = (await fixture.scan()).filter((item) => item['pk']?.S?.endsWith(`#${taskId}`));
    for (const item of items) await fixture.putRaw({ ...item, pk: { S: String(item['pk']?.S).replace(taskId, 'stolen') } });
    expect(show(everything, await pageOf(fixture.store.readPage(ref('stolen'), everything, false)))).toBe(showCut(tasks[taskId], everything, false));
    expect(await pageOf(fixture.store.readPage(ref('stolen'), everything, true))).toBeUndefined();
    expect(fixture.faults).toEqual(['stored-secret-unreadable']);
  });

  it('count as lost where they come from an earlier fetch', async () => {
    const old = await secretRows(taskId);
    await fixture.store.save(ref(taskId), tasks[taskId]);
    const fetchId = (await header(taskId))['fetchId'] ?? { S: '' };
    for (const row of old) await fixture.putRaw({ ...row, fetchId });
    await expectLost(taskId);
  });

  it('count as lost where one is missing', async () => {
    const [row] = await secretRows(taskId);
    await fixture.table.remove(row?.['pk']?.S ?? '', row?.['sk']?.S ?? '');
    await expectLost(taskId);
  });

  it('count as lost where the wrapped key is damaged', async () => {
    const item = await header(taskId);
    const wrapped = item['dataKey']?.B;
    for (const index of [0, 20, (wrapped?.length ?? 0) - 1]) {
      await fixture.putRaw({ ...item, dataKey: { B: flip(wrapped, index) } });
      await expectLost(taskId);
    }
  });

  it('count as lost under another wrapping key, until they are stored anew', async () => {
    const wrapper = createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
    const other = fixture.storeOver(fixture.call, { wrapper });
    expect(await pageOf(other.readPage(ref(taskId), everything, true))).toBeUndefined();
    expect(fixture.faults).toEqual(['stored-secret-unreadable']);
    await other.save(ref(taskId), tasks[taskId]);
    expect(show(everything, await pageOf(other.readPage(ref(taskId), everything, true)))).toBe(showCut(tasks[taskId], everything, true));
  });
});
