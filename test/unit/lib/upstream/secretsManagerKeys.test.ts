import { describe, expect, it } from 'vitest';
import { createSecretsManagerKeys } from '../../../../lib/upstream/secretsManagerKeys.ts';
import { createSecret } from '../../../../lib/secret.ts';

function setUp(...answers: (string | Error)[]) {
  let nowMs = 1_000_000;
  let reads = 0;
  const keys = createSecretsManagerKeys(
    () => {
      const answer = answers[Math.min(reads, answers.length - 1)] ?? '';
      reads += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    { now: () => nowMs, sleep: () => Promise.resolve() },
  );
  return { keys, countReads: () => reads, advance: (ms: number) => (nowMs += ms) };
}

const OLD = '{"secretId":"AKIDold","secretKey":"old-key"}';
const NEW = '{"secretId":"AKIDnew","secretKey":"new-key","token":"a-token"}';

describe('createSecretsManagerKeys', () => {
  it('reads the secret once, however many ask at the same time', async () => {
    const { keys, countReads } = setUp(OLD);
    const all = await Promise.all(Array.from({ length: 20 }, () => keys.current()));
    expect(new Set(all.map((key) => key.secretId))).toEqual(new Set(['AKIDold']));
    expect(all[0]?.secretKey.reveal()).toBe('old-key');
    expect(countReads()).toBe(1);
  });

  it('finds the rotated pair when the vendor refuses the old one', async () => {
    const { keys, countReads } = setUp(OLD, NEW);
    const refused = await keys.current();
    expect(await keys.refresh(refused)).toBe(true);
    const current = await keys.current();
    expect([current.secretId, current.secretKey.reveal(), current.token?.reveal()]).toEqual(['AKIDnew', 'new-key', 'a-token']);
    expect(countReads()).toBe(2);
  });

  it('does not read again for a call that was refused before another one found the new pair', async () => {
    const { keys, countReads } = setUp(OLD, NEW);
    const refused = await keys.current();
    await keys.refresh(refused);
    expect(await keys.refresh(refused)).toBe(true);
    expect(countReads()).toBe(2);
  });

  it('does not ask again and again for a key that is only wrong', async () => {
    const { keys, countReads, advance } = setUp(OLD);
    const refused = await keys.current();
    expect([await keys.refresh(refused), await keys.refresh(refused)]).toEqual([false, false]);
    expect(countReads()).toBe(2);
    advance(10_000);
    expect(await keys.refresh(refused)).toBe(false);
    expect(countReads()).toBe(3);
  });

  it('keeps the known pair where the secret cannot be read again', async () => {
    const { keys } = setUp(OLD, new Error('throttled'));
    const refused = await keys.current();
    expect(await keys.refresh(refused)).toBe(false);
    expect(await keys.current()).toBe(refused);
  });

  it('hands the known pair to those too who ask while it is read again in vain', async () => {
    const { keys } = setUp(OLD, new Error('throttled'));
    const refused = await keys.current();
    const [isRotated, meanwhile] = await Promise.all([keys.refresh(refused), Promise.resolve().then(keys.current)]);
    expect([isRotated, meanwhile]).toEqual([false, refused]);
  });

  it('does not remember a first read that failed', async () => {
    const { keys } = setUp(new Error('throttled'), OLD);
    await expect(keys.current()).rejects.toThrow('throttled');
    expect((await keys.current()).secretId).toBe('AKIDold');
  });

  it.each(['not JSON at all', 'AKIDold', '[]', '{"secretId":"AKIDold"}', '{"secretId":"AKIDold","secretKey":"has spaces in it"}'])(
    'refuses the secret %j without quoting it',
    async (text) => {
      const { keys } = setUp(text);
      const error = await keys.current().catch((reason: unknown) => reason);
      expect(String(error)).toMatch(/^Error: the vendor secret is not /);
      expect(String(error)).not.toContain(text);
    },
  );

  it('tells another pair from the same one by every part', async () => {
    const { keys } = setUp(OLD);
    await keys.current();
    expect(await keys.refresh({ secretId: 'AKIDold', secretKey: createSecret('other') })).toBe(true);
  });
});
