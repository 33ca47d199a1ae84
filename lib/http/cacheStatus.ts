import type { CacheOutcome } from '../deviceTasks/requestContext.ts';

/** `Cache-Status` (RFC 9211) of an answer. */
export function formatCacheStatus(outcome: CacheOutcome): string {
  if (outcome.kind === 'hit') return `iotcloud-rest; hit; ttl=${outcome.ttlS}`;
  if (outcome.kind === 'bypass') return 'iotcloud-rest; fwd=bypass';
  return outcome.stored ? 'iotcloud-rest; fwd=miss; stored' : 'iotcloud-rest; fwd=miss';
}
