import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decryptSecrets, encryptSecrets, secretChunkData, StoredMismatchError, wrapContext } from '../../../../lib/store/secretChunks.ts';
import { makeDevices } from '../../../support/devices.ts';

const ref = { productId: 'P', taskId: 'T' };
const header = { fetchId: 'f', statuses: 'ccf', nameIndex: Buffer.from('abcdefghi'), expiresAt: 1_798_106_400 };
const here = { account: 'a', ref, header, chunk: 0, devices: Buffer.from('devices') };
const elsewhere = [
  { ...here, account: 'a2' },
  { ...here, ref: { ...ref, productId: 'P2' } },
  { ...here, ref: { ...ref, taskId: 'T2' } },
  { ...here, header: { ...header, fetchId: 'f2' } },
  { ...here, header: { ...header, statuses: 'cff' } },
  { ...here, header: { ...header, statuses: 'cc' } },
  { ...here, header: { ...header, nameIndex: Buffer.from('abcdefghI') } },
  { ...here, header: { ...header, nameIndex: Buffer.from('abcdef') } },
  { ...here, header: { ...header, expiresAt: 4_000_000_000 } },
  { ...here, chunk: 1 },
  { ...here, devices: Buffer.from('Devices') },
];

describe('secretChunkData', () => {
  it('is another for every other place, and for whatever else stands in clear beside it', () => {
    const all = [here, ...elsewhere].map((surroundings) => secretChunkData(surroundings).toString());
    expect(new Set(all).size).toBe(all.length);
  });

  it('tells the end of the statuses and the expiry from the beginning of the devices', () => {
    const [one, other] = ['1', ''].map((digit) => secretChunkData({ ...here, header: { ...header, expiresAt: Number(`1${digit}`) }, devices: Buffer.from(`${digit}]`) }));
    expect(one).not.toEqual(other);
  });
});

describe('a chunk of secrets', () => {
  const key = randomBytes(32);
  const devices = makeDevices('kpfb');

  it('is read again beside what it was written with, `undefined` for a device without one', () => {
    const secrets = decryptSecrets(key, here, encryptSecrets(key, here, devices));
    expect(secrets.map((secret) => secret?.reveal())).toEqual(['private key tag 0', Buffer.from('psk tag 1').toString('base64'), undefined, undefined]);
  });

  it.each(elsewhere.map((surroundings) => [surroundings]))('does not fit anywhere else: %o', (surroundings) => {
    const encrypted = encryptSecrets(key, here, devices);
    expect(() => decryptSecrets(key, surroundings, encrypted)).toThrow(StoredMismatchError);
  });

  it('shows nothing of the secrets in its mismatch', () => {
    expect(new StoredMismatchError()).toMatchObject({ name: 'StoredMismatchError', message: 'what is stored in clear is not what its secrets were encrypted with' });
  });
});

describe('wrapContext', () => {
  it('is another for every other account, product, task and fetch', () => {
    const all = [
      wrapContext('a', ref, 'f'),
      wrapContext('a2', ref, 'f'),
      wrapContext('a', { ...ref, productId: 'P2' }, 'f'),
      wrapContext('a', { ...ref, taskId: 'T2' }, 'f'),
      wrapContext('a', ref, 'f2'),
    ];
    expect(new Set(all.map((context) => JSON.stringify(context))).size).toBe(all.length);
  });
});
