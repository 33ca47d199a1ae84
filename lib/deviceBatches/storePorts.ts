import type { ListQuery } from '../deviceTasks/ports.ts';
import type { Device } from '../deviceTasks/device.ts';
import type { Batch, BatchHeader, BatchPart, BatchRef } from './batch.ts';
import type { PartState } from './part.ts';

/** What stands where a batch's header would. */
export type HeaderLookup =
  | { readonly kind: 'accepted'; readonly header: BatchHeader }
  /** It was given up before its header stood, and can never be accepted. */
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'absent' };

/** One of the few places for a product's open batches. */
export interface Slot {
  readonly ref: BatchRef;
  readonly slot: number;
}

/** What has to be looked after: batches that hold a slot, and those whose completion was not told yet. */
export interface OpenBatches {
  readonly slots: readonly Slot[];
  readonly untold: readonly BatchRef[];
}

/** Where batches are kept. All reads are consistent; what is expired is absent. Every method throws if the store is out of reach. */
export interface BatchStore {
  /** Takes a free slot of the product's. @returns `undefined` if there is none */
  readonly takeSlot: (ref: BatchRef) => Promise<Slot | undefined>;
  /** Frees a slot, if it still is this batch's. */
  readonly freeSlot: (slot: Slot) => Promise<void>;
  readonly readOpen: () => Promise<OpenBatches>;
  readonly noteUntold: (ref: BatchRef, expiresAtS: number) => Promise<void>;
  readonly isUntold: (ref: BatchRef) => Promise<boolean>;
  readonly forgetUntold: (ref: BatchRef) => Promise<void>;

  /** Writes the parts of a batch, and its entry in the list of its product, that nobody can see before its header stands. */
  readonly putParts: (ref: BatchRef, parts: readonly BatchPart[]) => Promise<void>;
  readonly removeParts: (ref: BatchRef) => Promise<void>;
  /** Writes the header. @returns whether it stands now: not if the batch was abandoned */
  readonly accept: (ref: BatchRef, header: BatchHeader) => Promise<boolean>;
  /** Sees to it that the batch can never be accepted. @returns whether that is so: not if it was accepted */
  readonly abandon: (ref: BatchRef) => Promise<boolean>;
  readonly readHeader: (ref: BatchRef) => Promise<HeaderLookup>;

  /** @returns `undefined` if the batch was not accepted or is gone */
  readonly readBatch: (ref: BatchRef) => Promise<Batch | undefined>;
  readonly readPart: (ref: BatchRef, number: number) => Promise<BatchPart | undefined>;
  /** Writes a part's next state. @returns whether it was written: not if the part changed since it was read */
  readonly writePart: (ref: BatchRef, part: BatchPart, next: PartState) => Promise<boolean>;
}

export interface BatchListPage {
  /** Newest first. */
  readonly batches: readonly Batch[];
  /** The cursor of the page that follows, if there is one. */
  readonly next?: string;
}

/** The accepted batches of a product. @returns `undefined` if the cursor is not of this list; faults throw */
export type ReadBatchList = (productId: string, query: ListQuery) => Promise<BatchListPage | undefined>;

/** What a key is for: an `Idempotency-Key` of a caller's, or the retry of a batch. */
export interface BatchKeyRef {
  readonly productId: string;
  /** Whose it is; every caller's, if it is left out. */
  readonly callerHash?: string;
  readonly key: string;
}

/** A key in use. Whether the batch was accepted is told by its header alone. */
export interface BatchClaim {
  readonly batchId: string;
  /** Over the names, in order. */
  readonly bodyHash: string;
  /** Unix milliseconds; whoever claimed it is gone by then. */
  readonly deadlineMs: number;
  /** Unix seconds; forgotten from then on, as the batch is. */
  readonly expiresAtS: number;
}

/** Where it is remembered what keys were used for. Every method throws if the store is out of reach. */
export interface BatchKeys {
  /** Claims a key, if nothing stands under it but `former`. @returns whether it is claimed */
  readonly claim: (ref: BatchKeyRef, claim: BatchClaim, former: BatchClaim | undefined) => Promise<boolean>;
  readonly read: (ref: BatchKeyRef) => Promise<BatchClaim | undefined>;
  /** Frees a key, if it still is claimed for this batch. */
  readonly release: (ref: BatchKeyRef, batchId: string) => Promise<void>;
}

/** What a look found of one device of a part. */
export type Finding =
  /** It exists: `failed` if it was there before, or its key is lost. */
  | { readonly kind: 'device'; readonly device: Device }
  /** It exists, and whose it is cannot be told. */
  | { readonly kind: 'unknown' }
  /** `look`: which look missed it. */
  | { readonly kind: 'missing'; readonly look: number };

/** The findings of one part, as they stood when they were opened. */
export interface OpenFindings {
  /** By position in the part. A secret that no longer opens is missing from its device. */
  readonly found: ReadonlyMap<number, Finding>;
  /** Keeps a finding, its secret encrypted. One with a secret always stands; any other only in the place of a `missing` one. */
  readonly write: (position: number, finding: Finding) => Promise<void>;
}

/** Where it is kept what was found of the devices of a part until the part is done. Every method throws if the store is out of reach. */
export interface FindingStore {
  /** Reads consistently, and gets ready to encrypt: whoever has it open can keep a secret. @param expiresAtS of the batch */
  readonly open: (ref: BatchRef, part: number, expiresAtS: number) => Promise<OpenFindings>;
  readonly clear: (ref: BatchRef, part: number) => Promise<void>;
}
