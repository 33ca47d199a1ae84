import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOfflineKeys } from '../../../offline/offlineKeys.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offline-keys-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('loadOfflineKeys', () => {
  it('makes the file once, for its owner alone, whoever starts at the same time', async () => {
    const path = join(directory, 'new', 'keys.json');
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => loadOfflineKeys(path)));
    for (const other of others) expect(other).toEqual(first);
    expect(await loadOfflineKeys(path)).toEqual(first);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('calls a file damaged that lacks part of a key, and quotes none of it', async () => {
    const { tokenKey, credentialsLocalKey } = await loadOfflineKeys(join(directory, 'whole.json'));
    const { d: _, ...publicKey } = tokenKey;
    const path = join(directory, 'damaged.json');
    const damaged = [
      '',
      '{',
      'null',
      { tokenKey },
      { tokenKey: null, credentialsLocalKey },
      { tokenKey: publicKey, credentialsLocalKey },
      { tokenKey, credentialsLocalKey: `${credentialsLocalKey}a` },
      { tokenKey, credentialsLocalKey: credentialsLocalKey.slice(0, -1) },
      { tokenKey: { ...tokenKey, kty: 'RSA' }, credentialsLocalKey },
    ];
    for (const content of damaged) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      await writeFile(path, text);
      const message = `${path} is damaged; delete it and start again (stored credentials and tokens become useless)`;
      await expect(loadOfflineKeys(path)).rejects.toThrow(new Error(message));
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });
});
