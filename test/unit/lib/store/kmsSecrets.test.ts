import { randomBytes } from 'node:crypto';
import * as kms from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { secretOf } from '../../../../lib/deviceTasks/device.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { createSecret } from '../../../../lib/secret.ts';
import { createKmsKeyWrapper } from '../../../../lib/store/kmsKeyWrapper.ts';
import { makeDevices, present } from '../../../support/devices.ts';
import { account, readPage, ref, setUp, startS, whole } from './memoryStore.ts';

describe('secrets wrapped by KMS', () => {
  const client = new kms.KMSClient({ region: 'eu-central-1' });
  const mock = mockClient(client);
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/example';
  const wrapper = createKmsKeyWrapper(keyArn, () => Promise.resolve({ client, commands: kms }));
  const named = (name: string) => Object.assign(new Error(name), { name });
  const devices = makeDevices('kpfkb');
  const counts = () => [mock.commandCalls(kms.GenerateDataKeyCommand).length, mock.commandCalls(kms.DecryptCommand).length];

  beforeEach(() => {
    mock.reset();
    const dataKey = randomBytes(32);
    mock.on(kms.GenerateDataKeyCommand).callsFake(() => ({ Plaintext: Uint8Array.from(dataKey), CiphertextBlob: Buffer.from('wrapped') }));
    mock.on(kms.DecryptCommand).callsFake(() => ({ Plaintext: Uint8Array.from(dataKey) }));
  });

  it('cost one GenerateDataKey a stored task and one Decrypt a page of secrets', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    expect(counts()).toEqual([1, 0]);
    const page = await readPage(store, whole, true);
    expect(present(page?.devices)).toEqual(present(devices));
    expect(counts()).toEqual([1, 1]);
  });

  it('cost one each too if the page, or the whole task, has no secret: that shows nothing was changed', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.resetHistory();
    for (const query of [{ ...whole, status: 'failed' as const }, { page: 2, pageSize: 100 }]) expect(await readPage(store, query, true)).toBeDefined();
    expect(counts()).toEqual([0, 2]);
    const none = { ...ref, taskId: 'none' };
    await store.save(none, makeDevices('fbf'));
    expect(await readPage(store, whole, true, none)).toMatchObject({ totalItems: 3 });
    expect(counts()).toEqual([1, 3]);
  });

  it('cost nothing if none are asked for', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.resetHistory();
    await store.readPage(ref, whole, false);
    await store.readPage(ref, { ...whole, status: 'failed' }, false);
    await store.readTask(ref);
    expect(counts()).toEqual([0, 0]);
  });

  it('cost no Decrypt if a chunk of them is missing, of another fetch or expired: the page is lost anyway', async () => {
    const { store, table, faults } = setUp(wrapper);
    const changes: ((item: Record<string, unknown>) => unknown)[] = [
      (item) => (item['sk'] = { S: 'secrets#999' }),
      (item) => (item['fetchId'] = { S: 'another' }),
      (item) => (item['expiresAt'] = { N: String(startS) }),
      (item) => (item['v'] = { N: '1' }),
      (item) => (item['data'] = { S: 'text' }),
    ];
    for (const change of changes) {
      table.items.clear();
      await store.save(ref, devices);
      mock.resetHistory();
      change(table.at('secrets#000'));
      expect(await readPage(store, whole, true)).toBeUndefined();
      expect(counts()).toEqual([0, 0]);
    }
    expect(faults).toEqual(changes.map(() => 'stored-secret-unreadable'));
  });

  it('count as absent if two chunks of them were swapped, even between devices of one name', async () => {
    const { store, table, faults } = setUp(wrapper);
    const twin = (psk: string) => ({ deviceName: 'twin', status: 'created', credentials: { type: 'psk', psk: createSecret(psk) } }) as const;
    await store.save(ref, [...Array.from({ length: 20 }, () => twin('one')), ...Array.from({ length: 20 }, () => twin('other'))]);
    expect(await readPage(store, whole, true)).toBeDefined();
    const [one, other] = [table.at('secrets#000'), table.at('secrets#001')];
    const { data } = one;
    Object.assign(one, { data: other['data'] });
    Object.assign(other, { data });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
  });

  it('are bound to names only: no secret is in the encryption context, the same in both calls', async () => {
    const { store, table } = setUp(wrapper);
    await store.save(ref, devices);
    await store.readPage(ref, whole, true);
    const contexts = mock.calls().map((call) => Reflect.get(call.args[0].input, 'EncryptionContext') as unknown); // both commands have one
    expect(contexts[0]).toEqual({ service: 'iotcloud-rest', account, ...ref, fetchId: table.at('header')['fetchId']?.S });
    expect(contexts[1]).toEqual(contexts[0]);
    for (const secret of devices.flatMap((device) => secretOf(device)?.reveal() ?? []))
      expect(JSON.stringify(mock.calls().map((call) => call.args))).not.toContain(secret);
  });

  it('leave an earlier copy readable if KMS gives no key, and show nothing of the new one', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('KMSInternalException'));
    await expect(store.save(ref, makeDevices('ppp', 'new'))).rejects.toThrow('KMSInternalException');
    for (const withSecrets of [true, false]) {
      const page = await readPage(store, whole, withSecrets);
      expect(present(page?.devices)).toEqual(present(cutPage(devices, whole, withSecrets).devices));
    }
    expect(faults).toEqual([]);
  });

  it('are not stored at all if KMS gives no key, nor is anything else', async () => {
    const { store, table } = setUp(wrapper);
    mock.on(kms.GenerateDataKeyCommand).rejects(named('AccessDeniedException'));
    await expect(store.save(ref, devices)).rejects.toThrow('AccessDeniedException');
    expect(table.items.size).toBe(0);
  });

  it('throw on a fault that may pass, so that the caller asks the vendor', async () => {
    const { store } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('ThrottlingException'));
    await expect(store.readPage(ref, whole, true)).rejects.toThrow('ThrottlingException');
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 5 });
  });

  it('count as absent, and are reported, if their key is lost', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).rejects(named('DisabledException'));
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
    expect(await readPage(store, whole, false)).toMatchObject({ totalItems: 5 });
  });

  it.each([undefined, new Uint8Array(), new Uint8Array(16)])('count as absent, and their key as lost, if KMS gives none', async (Plaintext) => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).resolves(Plaintext === undefined ? {} : { Plaintext });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-secret-unreadable']);
  });

  it('count as absent, as if they were changed, if KMS gives another key', async () => {
    const { store, faults } = setUp(wrapper);
    await store.save(ref, devices);
    mock.on(kms.DecryptCommand).resolves({ Plaintext: new Uint8Array(32) });
    expect(await readPage(store, whole, true)).toBeUndefined();
    expect(faults).toEqual(['stored-mismatch']);
  });
});
