import * as z from 'zod/mini';
import type { StepMessage } from './ports.ts';
import { batchIdentifier } from './resources.ts';
import { identifier } from '../deviceTasks/resources.ts';

const stepMessage = z.object({
  productId: identifier,
  batchId: batchIdentifier,
  step: z.enum(['split', 'part', 'complete', 'tell']),
  part: z.exactOptional(z.int().check(z.minimum(0))),
});

/** @returns `undefined` if it is no message of ours */
export function parseStepMessage(body: string): StepMessage | undefined {
  try {
    return stepMessage.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

export function formatStepMessage({ productId, batchId, step, part }: StepMessage): string {
  return JSON.stringify({ productId, batchId, step, part });
}
