import { presentBatch, type Batch } from '../deviceBatches/batch.ts';
import { POLL_AFTER_S, type DeviceBatchResource } from '../deviceBatches/resources.ts';
import { getDeviceBatch } from '../functions/getDeviceBatch.ts';
import type { SuccessAnswer } from './createHandler.ts';
import type { Exchange } from './exchange.ts';
import { formatPath } from './paths.ts';

/** When to look at a batch again; nothing once it is completed. */
export function pollHeaders({ status }: DeviceBatchResource): Record<string, string> {
  return status === 'completed' ? {} : { 'retry-after': String(POLL_AFTER_S) };
}

/** Answers with a batch and where to follow it. @param isReplay whether it had been accepted before */
export function answerWithBatch({ basePath }: Exchange, batch: Batch, isReplay = false): SuccessAnswer {
  const body = presentBatch(batch);
  return {
    body,
    caching: 'no-store',
    headers: {
      location: formatPath(basePath, getDeviceBatch.template, { ...batch.ref }),
      ...pollHeaders(body),
      ...(isReplay ? { 'idempotency-replayed': 'true' } : {}),
    },
  };
}
