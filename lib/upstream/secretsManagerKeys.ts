import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { createSecret } from '../secret.ts';
import type { VendorKey, VendorKeys } from './vendorKeys.ts';

/** Reads the text of the secret. */
export type ReadSecret = () => Promise<string>;

const visible = z.string().check(z.regex(/^[!-~]{1,8192}$/));
const secretDocument = z.object({ secretId: visible, secretKey: visible, token: z.optional(visible) });

// A key that is refused although Secrets Manager still holds it is wrong, not rotated: reading it again on every call would not help.
const FUTILE_REFRESH_INTERVAL_MS = 10_000;

// A request has 8 s in all; if this hangs, enough of them must be left to answer with an error.
const READ_TIME_MS = 2000;

/** @throws Error if reading takes too long */
async function inTime(reading: Promise<string>): Promise<string> {
  const signal = AbortSignal.timeout(READ_TIME_MS);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the vendor secret was not read in time')), { once: true });
  });
  return Promise.race([reading, late]);
}

/** @throws Error that does not quote the secret */
function parseVendorKey(text: string): VendorKey {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error('the vendor secret is not JSON');
  }
  const parsed = secretDocument.safeParse(document);
  if (!parsed.success) throw new Error('the vendor secret is not {secretId, secretKey, token?}');
  const { secretId, secretKey, token } = parsed.data;
  return { secretId, secretKey: createSecret(secretKey), ...(token === undefined ? {} : { token: createSecret(token) }) };
}

function isSame(a: VendorKey, b: VendorKey): boolean {
  return a.secretId === b.secretId && a.secretKey.reveal() === b.secretKey.reveal() && a.token?.reveal() === b.token?.reveal();
}

/**
 * The vendor's key pair from a secret `{secretId, secretKey, token?}`: read on first use, kept in the process,
 * read again when the vendor refuses it (rotation). Concurrent readers share one read.
 */
export function createSecretsManagerKeys(readSecret: ReadSecret, clock: Clock): VendorKeys {
  let current: Promise<VendorKey> | undefined;
  let futileAtMs = -Infinity;

  const load = () => inTime(readSecret()).then(parseVendorKey);

  const read = (): Promise<VendorKey> => {
    const reading = load();
    current = reading;
    // A failed read is not kept: the next call tries again.
    reading.catch(() => {
      if (current === reading) current = undefined;
    });
    return reading;
  };

  /** What the secret holds now, or the known pair if it cannot be read; whoever asks meanwhile gets the same. */
  const readAgain = (known: VendorKey): Promise<VendorKey> => {
    const reading = load().catch(() => known);
    current = reading;
    return reading;
  };

  return {
    current: () => current ?? read(),
    refresh: async (refused) => {
      const known = await (current ?? read());
      if (!isSame(known, refused)) return true; // another call was refused first, and has read the new pair
      if (clock.now() - futileAtMs < FUTILE_REFRESH_INTERVAL_MS) return false;
      const isRotated = !isSame(await readAgain(known), refused);
      if (!isRotated) futileAtMs = clock.now();
      return isRotated;
    },
  };
}
