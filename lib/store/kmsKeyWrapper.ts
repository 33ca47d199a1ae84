import type { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DATA_KEY_BYTES, KeyUnavailableError, type DataKey, type KeyWrapper, type WrapContext } from './keyWrapper.ts';

// Answers that will not change by asking again: the key or its ciphertext is lost.
const LOST: readonly string[] = [
  'InvalidCiphertextException',
  'IncorrectKeyException',
  'NotFoundException',
  'DisabledException',
  'KMSInvalidStateException',
];

// All attempts together: what hangs must not keep a read that the vendor can answer.
const REQUEST_TIME_MS = 1000;

export interface KmsModule {
  readonly client: Pick<KMSClient, 'send'>;
  readonly commands: {
    readonly GenerateDataKeyCommand: typeof GenerateDataKeyCommand;
    readonly DecryptCommand: typeof DecryptCommand;
  };
}

const inTime = () => ({ abortSignal: AbortSignal.timeout(REQUEST_TIME_MS) });

async function generateDataKey({ client, commands }: KmsModule, keyArn: string, context: WrapContext): Promise<DataKey> {
  const output = await client.send(
    new commands.GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }),
    inTime(),
  );
  if (output.Plaintext === undefined || output.CiphertextBlob === undefined)
    throw new Error('KMS answered GenerateDataKey without a key');
  return { plaintext: output.Plaintext, wrapped: output.CiphertextBlob };
}

/**
 * Wraps data keys under a KMS key. @param loadKms called on first use only, so that reads without
 * secrets never pay for the KMS client
 */
export function createKmsKeyWrapper(keyArn: string, loadKms: () => Promise<KmsModule>): KeyWrapper {
  return {
    generate: async (context) => {
      try {
        return await generateDataKey(await loadKms(), keyArn, context);
      } catch (error) {
        throw new KeyUnavailableError(error);
      }
    },
    unwrap: async (wrapped, context) => {
      try {
        const { client, commands } = await loadKms();
        const input = { KeyId: keyArn, CiphertextBlob: wrapped, EncryptionContext: context };
        const { Plaintext } = await client.send(new commands.DecryptCommand(input), inTime());
        return Plaintext?.length === DATA_KEY_BYTES ? Plaintext : undefined;
      } catch (error) {
        if (error instanceof Error && LOST.includes(error.name)) return undefined;
        throw new KeyUnavailableError(error);
      }
    },
  };
}
