import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREATION, HEADER, rowKey, secretKey, taskKey } from '../../../../lib/cache/keys.ts';

const part = fc.stringMatching(/^[A-Za-z0-9_.:@-]{1,20}$/);
const place = fc.record({ host: part, region: part, account: part, productId: part, taskId: part });

describe('taskKey', () => {
  it('begins with host, region and account', () => {
    const tenant = { host: 'iotcloud.api.qcloud.com', region: 'gz', account: 'main' };
    expect(taskKey(tenant, { productId: 'P', taskId: 'T' })).toBe('iotcloud.api.qcloud.com#gz#main#task#P#T');
  });

  it('is another for every other tenant, product or task', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        const areSame = JSON.stringify(one) === JSON.stringify(other);
        expect(taskKey(one, one) === taskKey(other, other)).toBe(areSame);
      }),
    );
    const at = (host: string, region: string) => taskKey({ host, region, account: 'a' }, { productId: 'p', taskId: 't' });
    expect(at('ab', 'c')).not.toBe(at('a', 'bc'));
  });
});

describe('sort keys', () => {
  it('sort as their positions do', () => {
    const position = fc.nat(10_099);
    fc.assert(
      fc.property(position, position, (one, other) => {
        expect(rowKey(one) < rowKey(other)).toBe(one < other);
        expect(secretKey(one) < secretKey(other)).toBe(one < other);
      }),
    );
  });

  it('keep rows out of a read of secrets, and both out of what is known of a task', () => {
    fc.assert(
      fc.property(fc.nat(10_099), (position) => {
        expect(rowKey(position) > HEADER && CREATION < HEADER && secretKey(position) > rowKey(10_099)).toBe(true);
      }),
    );
  });
});
