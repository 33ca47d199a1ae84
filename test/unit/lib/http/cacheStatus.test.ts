import { expect, it } from 'vitest';
import { formatCacheStatus } from '../../../../lib/http/cacheStatus.ts';

it.each([
  [{ kind: 'hit', ttlS: 2_592_000 }, 'iotcloud-rest; hit; ttl=2592000'],
  [{ kind: 'miss', stored: true }, 'iotcloud-rest; fwd=miss; stored'],
  [{ kind: 'miss', stored: false }, 'iotcloud-rest; fwd=miss'],
  [{ kind: 'bypass' }, 'iotcloud-rest; fwd=bypass'],
] as const)('formats %j', (outcome, field) => {
  expect(formatCacheStatus(outcome)).toBe(field);
});
