import * as kms from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createKmsKeyWrapper, type KmsModule } from '../../../../lib/store/kmsKeyWrapper.ts';

const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/example';
const context = { service: 'iotcloud-rest', taskId: 't1' };
const client = new kms.KMSClient({ region: 'eu-central-1' });
const mock = mockClient(client);
const loadKms = vi.fn<() => Promise<KmsModule>>(() => Promise.resolve({ client, commands: kms }));
const named = (name: string) => Object.assign(new Error('as the service says'), { name });

beforeEach(() => {
  mock.reset();
  loadKms.mockClear();
});

describe('createKmsKeyWrapper', () => {
  it('loads nothing until a key is needed', () => {
    createKmsKeyWrapper(keyArn, loadKms);
    expect(loadKms).not.toHaveBeenCalled();
  });

  it('asks KMS for a data key of 256 bits, bound to its context', async () => {
    mock.on(kms.GenerateDataKeyCommand).resolves({ Plaintext: new Uint8Array(32).fill(1), CiphertextBlob: new Uint8Array([2]) });
    const dataKey = await createKmsKeyWrapper(keyArn, loadKms).generate(context);
    expect(dataKey).toEqual({ plaintext: new Uint8Array(32).fill(1), wrapped: new Uint8Array([2]) });
    expect(mock.calls().map((call) => call.args[0].input)).toEqual([
      { KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context },
    ]);
  });

  it.each([{ Plaintext: new Uint8Array(32) }, { CiphertextBlob: new Uint8Array([2]) }, {}])(
    'takes no half answer for a data key',
    async (answer) => {
      mock.on(kms.GenerateDataKeyCommand).resolves(answer);
      await expect(createKmsKeyWrapper(keyArn, loadKms).generate(context)).rejects.toThrow('without a key');
    },
  );

  it('unwraps with the same key and context', async () => {
    mock.on(kms.DecryptCommand).resolves({ Plaintext: new Uint8Array(32).fill(3) });
    const opened = await createKmsKeyWrapper(keyArn, loadKms).unwrap(new Uint8Array([2]), context);
    expect(opened).toEqual(new Uint8Array(32).fill(3));
    expect(mock.calls().map((call) => call.args[0].input)).toEqual([
      { KeyId: keyArn, CiphertextBlob: new Uint8Array([2]), EncryptionContext: context },
    ]);
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException', 'NotFoundException', 'DisabledException', 'KMSInvalidStateException'])(
    'calls a key lost on %s',
    async (name) => {
      mock.on(kms.DecryptCommand).rejects(named(name));
      expect(await createKmsKeyWrapper(keyArn, loadKms).unwrap(new Uint8Array([2]), context)).toBeUndefined();
    },
  );

  it.each(['ThrottlingException', 'KMSInternalException', 'DependencyTimeoutException', 'AccessDeniedException', 'TimeoutError'])(
    'throws on %s, which may pass',
    async (name) => {
      mock.on(kms.DecryptCommand).rejects(named(name));
      await expect(createKmsKeyWrapper(keyArn, loadKms).unwrap(new Uint8Array([2]), context)).rejects.toThrow('as the service says');
    },
  );
});
