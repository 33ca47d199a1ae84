import { describe, expect, it } from 'vitest';
import { encodeSecret, secretRowData, wrapContext } from '../../../../lib/cache/secretRows.ts';
import { createSecret } from '../../../../lib/secret.ts';

const tenant = { host: 'h', region: 'r', account: 'a' };
const ref = { productId: 'P', taskId: 'T' };

describe('secretRowData', () => {
  it('is another for every other account, product, task, fetch, position and device', () => {
    const all = [
      secretRowData(tenant, ref, 'f', 0, 'd'),
      secretRowData({ ...tenant, host: 'h2' }, ref, 'f', 0, 'd'),
      secretRowData({ ...tenant, region: 'r2' }, ref, 'f', 0, 'd'),
      secretRowData({ ...tenant, account: 'a2' }, ref, 'f', 0, 'd'),
      secretRowData(tenant, { ...ref, productId: 'P2' }, 'f', 0, 'd'),
      secretRowData(tenant, { ...ref, taskId: 'T2' }, 'f', 0, 'd'),
      secretRowData(tenant, ref, 'f2', 0, 'd'),
      secretRowData(tenant, ref, 'f', 1, 'd'),
      secretRowData(tenant, ref, 'f', 0, 'd2'),
    ];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });
});

describe('wrapContext', () => {
  it('is another for every other account, product, task and fetch', () => {
    const all = [
      wrapContext(tenant, ref, 'f'),
      wrapContext({ ...tenant, host: 'h2' }, ref, 'f'),
      wrapContext({ ...tenant, region: 'r2' }, ref, 'f'),
      wrapContext({ ...tenant, account: 'a2' }, ref, 'f'),
      wrapContext(tenant, { ...ref, productId: 'P2' }, 'f'),
      wrapContext(tenant, { ...ref, taskId: 'T2' }, 'f'),
      wrapContext(tenant, ref, 'f2'),
    ];
    expect(new Set(all.map((context) => JSON.stringify(context))).size).toBe(all.length);
  });
});

describe('encodeSecret', () => {
  it('reveals the secret to the cipher, as JSON', () => {
    expect(encodeSecret(createSecret('a\n"\u{d800}')).toString()).toBe(String.raw`"a\n\"\ud800"`);
  });
});
