import { countParts, MAX_OPEN_BATCHES, type BatchHeader, type BatchPart, type BatchRef } from '../../../../lib/deviceBatches/batch.ts';
import type { BatchClaim, BatchKeyRef, BatchKeys, BatchStore, Slot } from '../../../../lib/deviceBatches/storePorts.ts';

/** Batches in memory, each method one effect. What the real store's conditions refuse is refused. */
export function createMemoryBatches() {
  const headers = new Map<string, BatchHeader | 'abandoned'>();
  const parts = new Map<string, BatchPart>();
  const slots = new Map<string, Slot>();
  const untold = new Map<string, BatchRef>();
  const claims = new Map<string, BatchClaim>();
  let revisions = 0;

  const partsOf = (ref: BatchRef) => [...parts.entries()].filter(([key]) => key.startsWith(`${ref.batchId} `));
  const partKey = (ref: BatchRef, number: number) => `${ref.batchId} ${number}`;
  const claimKey = (ref: BatchKeyRef) => JSON.stringify(ref);

  const store: BatchStore = {
    takeSlot: (ref) => {
      const free = Array.from({ length: MAX_OPEN_BATCHES }, (_, slot) => slot).find((slot) => !slots.has(`${ref.productId} ${slot}`));
      if (free === undefined) return Promise.resolve(undefined);
      const slot = { ref, slot: free };
      slots.set(`${ref.productId} ${free}`, slot);
      return Promise.resolve(slot);
    },
    freeSlot: ({ ref, slot }) => {
      const key = `${ref.productId} ${slot}`;
      if (slots.get(key)?.ref.batchId === ref.batchId) slots.delete(key);
      return Promise.resolve();
    },
    readOpen: () => Promise.resolve({ slots: [...slots.values()], untold: [...untold.values()] }),
    noteUntold: (ref) => Promise.resolve(void untold.set(ref.batchId, ref)),
    isUntold: (ref) => Promise.resolve(untold.has(ref.batchId)),
    forgetUntold: (ref) => Promise.resolve(void untold.delete(ref.batchId)),
    putParts: (ref, given) => Promise.resolve(given.forEach((part) => parts.set(partKey(ref, part.number), part))),
    removeParts: (ref) => Promise.resolve(partsOf(ref).forEach(([key]) => parts.delete(key))),
    accept: (ref, header) => {
      if (headers.get(ref.batchId) === 'abandoned') return Promise.resolve(false);
      headers.set(ref.batchId, header);
      return Promise.resolve(true);
    },
    abandon: (ref) => {
      if (headers.get(ref.batchId) === undefined) headers.set(ref.batchId, 'abandoned');
      return Promise.resolve(headers.get(ref.batchId) === 'abandoned');
    },
    readHeader: (ref) => {
      const header = headers.get(ref.batchId);
      if (header === undefined) return Promise.resolve({ kind: 'absent' });
      return Promise.resolve(header === 'abandoned' ? { kind: 'abandoned' } : { kind: 'accepted', header });
    },
    readBatch: (ref) => {
      const header = headers.get(ref.batchId);
      if (header === undefined || header === 'abandoned') return Promise.resolve(undefined);
      const found = partsOf(ref).map(([, part]) => part);
      if (found.length !== countParts(header)) return Promise.reject(new Error('a part of the batch is missing'));
      return Promise.resolve({ ref, header, parts: found });
    },
    readPart: (ref, number) => Promise.resolve(parts.get(partKey(ref, number))),
    writePart: (ref, part, next) => {
      const key = partKey(ref, part.number);
      if (parts.get(key)?.revision !== part.revision) return Promise.resolve(false);
      revisions += 1;
      parts.set(key, { ...part, state: next, revision: `revision-${revisions}` });
      return Promise.resolve(true);
    },
  };

  const keys: BatchKeys = {
    claim: (ref, claim, former) => {
      const found = claims.get(claimKey(ref))?.batchId;
      const isFree = found === undefined || found === claim.batchId || found === former?.batchId;
      if (isFree) claims.set(claimKey(ref), claim);
      return Promise.resolve(isFree);
    },
    read: (ref) => Promise.resolve(claims.get(claimKey(ref))),
    release: (ref, batchId) => {
      if (claims.get(claimKey(ref))?.batchId === batchId) claims.delete(claimKey(ref));
      return Promise.resolve();
    },
  };

  return { store, keys, headers, parts, slots, untold };
}

export type MemoryBatches = ReturnType<typeof createMemoryBatches>;
