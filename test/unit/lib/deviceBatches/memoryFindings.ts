import type { BatchRef } from '../../../../lib/deviceBatches/batch.ts';
import type { Finding, OpenFindings } from '../../../../lib/deviceBatches/storePorts.ts';
import { secretOf } from '../../../../lib/deviceTasks/device.ts';

const hasSecret = (finding: Finding) => finding.kind === 'device' && secretOf(finding.device) !== undefined;

/** Findings in memory, each method one effect. What the real store's conditions refuse is refused. */
export function createMemoryFindings() {
  const parts = new Map<string, Map<number, Finding>>();
  const keyOf = ({ batchId }: BatchRef, part: number) => `${batchId} ${part}`;
  return {
    parts,
    open: (ref: BatchRef, part: number): Promise<OpenFindings> => {
      const write = (position: number, finding: Finding) => {
        const found = parts.get(keyOf(ref, part)) ?? new Map<number, Finding>();
        parts.set(keyOf(ref, part), found);
        if (hasSecret(finding) || (found.get(position)?.kind ?? 'missing') === 'missing') found.set(position, finding);
        return Promise.resolve();
      };
      return Promise.resolve({ found: new Map(parts.get(keyOf(ref, part))), write });
    },
    clear: (ref: BatchRef, part: number) => Promise.resolve(void parts.delete(keyOf(ref, part))),
  };
}
