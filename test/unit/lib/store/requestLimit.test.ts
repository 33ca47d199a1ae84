import { describe, expect, it } from 'vitest';
import { createRequestLimit } from '../../../../lib/store/requestLimit.ts';

const timeout = () => Object.assign(new Error('late'), { name: 'TimeoutError' });
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Requests that end when they are told to. */
function setUp(atOnce: number) {
  const limit = createRequestLimit(atOnce);
  const sent: { readonly name: string; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const settled: string[] = [];
  const start = (...names: string[]) => {
    for (const name of names) {
      const send = () => new Promise<void>((resolve, reject) => void sent.push({ name, resolve, reject }));
      limit(send).then(() => settled.push(`${name} right`), (error: Error) => settled.push(`${name} ${error.name}`));
    }
    return settle();
  };
  const end = (name: string, error?: Error) => {
    const request = sent.find((candidate) => candidate.name === name);
    if (error === undefined) request?.resolve();
    else request?.reject(error);
    return settle();
  };
  return { start, end, settled, sent: () => sent.map(({ name }) => name) };
}

describe('createRequestLimit', () => {
  it('sends so many at once, and one more whenever one has ended, in their order', async () => {
    const { start, end, settled, sent } = setUp(2);
    await start('a', 'b', 'c', 'd');
    expect(sent()).toEqual(['a', 'b']);
    await end('b');
    expect(sent()).toEqual(['a', 'b', 'c']);
    await end('a', new Error('no such table'));
    expect(sent()).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    await end('d');
    expect(settled).toEqual(['b right', 'a Error', 'c right', 'd right']);
  });

  it('fails those that wait with one that timed out, unsent', async () => {
    const { start, end, settled, sent } = setUp(2);
    await start('a', 'b', 'c', 'd');
    await end('a', timeout());
    expect(settled.toSorted()).toEqual(['a TimeoutError', 'c TimeoutError', 'd TimeoutError']);
    expect(sent()).toEqual(['a', 'b']);
  });

  it('lets all go again after a time-out, and as many as before', async () => {
    const { start, end, settled, sent } = setUp(2);
    await start('a', 'b', 'c');
    await end('a', timeout());
    await end('b', timeout());
    await start('d', 'e', 'f');
    expect(sent()).toEqual(['a', 'b', 'd', 'e']);
    await end('d');
    await end('e');
    await end('f');
    expect(settled.slice(3)).toEqual(['d right', 'e right', 'f right']);
  });

  it('hands on what a request brings, and what it throws', async () => {
    const limit = createRequestLimit(1);
    expect(await limit(() => Promise.resolve('value'))).toBe('value');
    await expect(limit(() => Promise.reject(new Error('fault')))).rejects.toThrow('fault');
    expect(await limit(() => Promise.resolve('again'))).toBe('again');
  });
});
