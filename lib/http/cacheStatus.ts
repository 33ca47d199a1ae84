import type { CacheOutcome } from '../deviceTasks/requestContext.ts';

/** How the cache took part, in the words of RFC 9211. */
export function describeOutcome(outcome: CacheOutcome): string {
  if (outcome.kind === 'hit') return `hit; ttl=${outcome.ttlS}`;
  if (outcome.kind === 'bypass') return 'fwd=bypass';
  return outcome.stored ? 'fwd=miss; stored' : 'fwd=miss';
}

/** `Cache-Status` of an answer. */
export function formatCacheStatus(outcome: CacheOutcome): string {
  return `iotcloud-rest; ${describeOutcome(outcome)}`;
}
