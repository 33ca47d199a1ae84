import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkKey, creationKey, HEADER, LEASE, secretsKey, taskKey } from '../../../../lib/store/keys.ts';

const part = fc.stringMatching(/^[A-Za-z0-9_.:@-]{1,20}$/);
const place = fc.record({ account: part, productId: part, taskId: part });

describe('keys of a task', () => {
  it('begin with the account alone', () => {
    expect(taskKey('main', { productId: 'P', taskId: 'T' })).toBe('main#task#P#T');
    expect(creationKey('main', { productId: 'P', taskId: 'T' })).toEqual({ pk: 'main#creation#P#T', sk: 'creation' });
  });

  it('are others for every other account, product or task', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        const areSame = JSON.stringify(one) === JSON.stringify(other);
        expect(taskKey(one.account, one) === taskKey(other.account, other)).toBe(areSame);
        expect(creationKey(one.account, one).pk === creationKey(other.account, other).pk).toBe(areSame);
        expect(taskKey(one.account, one)).not.toBe(creationKey(other.account, other).pk);
      }),
    );
  });
});

describe('sort keys', () => {
  it('are others for every other chunk, in clear or of secrets', () => {
    const chunks = Array.from({ length: 500 }, (_, chunk) => chunk);
    const keys = [HEADER, LEASE, ...chunks.map(chunkKey), ...chunks.map(secretsKey)];
    expect(new Set(keys).size).toBe(1002);
    expect(chunks.map(chunkKey)).toEqual(chunks.map(chunkKey).toSorted());
  });
});
