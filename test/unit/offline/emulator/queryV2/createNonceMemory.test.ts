import { describe, expect, it } from 'vitest';
import { createNonceMemory } from '../../../../../offline/emulator/queryV2/createNonceMemory.ts';

const use = { secretId: 'AKID1', timestampS: 1000, nonce: '7' };

describe('createNonceMemory', () => {
  it('accepts a nonce once for its key and time', () => {
    const memory = createNonceMemory();
    expect([memory.accept(use), memory.accept({ ...use })]).toEqual([true, false]);
  });

  it('accepts the same nonce for another time and for another key', () => {
    const memory = createNonceMemory();
    memory.accept(use);
    expect(memory.accept({ ...use, timestampS: 1001 })).toBe(true);
    expect(memory.accept({ ...use, secretId: 'AKID2' })).toBe(true);
  });

  it('forgets what is older than the window, and nothing else', () => {
    const memory = createNonceMemory();
    for (const timestampS of [998, 999, 1000, 1001]) memory.accept({ ...use, timestampS });
    memory.forgetBefore(1000);
    expect(memory.size()).toBe(2);
    expect(memory.accept(use)).toBe(false);
  });
});
