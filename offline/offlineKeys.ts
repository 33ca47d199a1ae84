import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import * as z from 'zod/mini';
import { isLocalKey } from '../lib/environment.ts';
import { root } from '../tools/paths.ts';

/** Git-ignored. */
export const keysFile = join(root, '.offline', 'keys.json');

/** The keys the offline stage needs and is not given; made once, shared by later and parallel starts. */
export interface OfflineKeys {
  /** Signs the tokens of `npm run token`: a private EC P-256 key. */
  readonly tokenKey: JWK;
  /** 32 bytes in base64: `CREDENTIALS_LOCAL_KEY`. */
  readonly credentialsLocalKey: string;
}

/** The algorithm of offline tokens; the gateway accepts no other. */
export const TOKEN_ALGORITHM = 'ES256';

const OWNER_ONLY = 0o600;

async function makeKeys(): Promise<OfflineKeys> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  return { tokenKey: await exportJWK(privateKey), credentialsLocalKey: randomBytes(32).toString('base64') };
}

const keysSchema = z.object({
  tokenKey: z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string() }),
  credentialsLocalKey: z.string().check(z.refine(isLocalKey)),
});

async function readKeys(path: string): Promise<OfflineKeys> {
  const text = await readFile(path, 'utf8');
  try {
    return keysSchema.parse(JSON.parse(text));
  } catch {
    // The text itself must not be quoted.
    throw new Error(`${path} is damaged; delete it and start again (stored credentials and tokens become useless)`);
  }
}

const hasCode = (error: unknown, code: string) => error instanceof Error && Reflect.get(error, 'code') === code;

/** Writes beside the path and links into place: of two parallel starts one wins, and both read the same keys. */
async function writeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(draft, text, { mode: OWNER_ONLY, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft);
  }
}

/** The keys in the file, which is made if it is missing; only its owner can read it. */
export async function loadOfflineKeys(path: string): Promise<OfflineKeys> {
  try {
    return await readKeys(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await writeOnce(path, JSON.stringify(await makeKeys()));
  await chmod(path, OWNER_ONLY);
  return readKeys(path);
}
