import { createIdempotencyKey } from './idempotencyKey.ts';
import type { components, operations } from './openapi.ts';
import { pause, send, type Call, type CallOptions, type ClientOptions } from './send.ts';

export type DeviceBatch = components['schemas']['DeviceBatch'];
export type BatchDevice = components['schemas']['BatchDevice'];
export type DeviceBatchPage = components['schemas']['DeviceBatchPage'];

type PageQuery = NonNullable<operations['getDeviceBatchResults']['parameters']['query']>;

/** Names a batch; every `DeviceBatch` does. */
export type BatchRef = Pick<DeviceBatch, 'productId' | 'batchId'>;

/** One after the other, or the text of a CSV file with a column `deviceName`. */
export type DeviceNames = Iterable<string> | AsyncIterable<string> | string;

export interface BatchCreateOptions extends CallOptions {
  /** Made anew if left out; give one to make your own retry safe. */
  readonly idempotencyKey?: string;
}

/** `pageSize` is at most 200 with credentials. */
export type BatchListOptions = CallOptions & Readonly<PageQuery>;

export type ExportOptions = Omit<BatchListOptions, 'page'>;

export interface BatchWaitOptions extends CallOptions {
  /** Called with every state of the batch that is seen, the last one included. */
  readonly onProgress?: (batch: DeviceBatch) => void;
}

export interface BatchCalls {
  /** Starts the creation of 1 to 10,000 devices. Scope `devices:write`. */
  readonly createBatch: (productId: string, deviceNames: DeviceNames, options?: BatchCreateOptions) => Promise<DeviceBatch>;
  /** How far a batch is. Scope `devices:read`. */
  readonly getBatch: (batch: BatchRef, options?: CallOptions) => Promise<DeviceBatch>;
  /** Every state of a batch that is seen, as often as the service says; the last, completed, is also returned. Scope `devices:read`. */
  readonly followBatch: (batch: BatchRef, options?: CallOptions) => AsyncGenerator<DeviceBatch, DeviceBatch, undefined>;
  /** Follows a batch to its end. Scope `devices:read`. */
  readonly waitForBatch: (batch: BatchRef, options?: BatchWaitOptions) => Promise<DeviceBatch>;
  /** Writes the results as one CSV text, page by page as they are read, and closes the stream. Scopes as `listDevices`. */
  readonly exportCsv: (batch: BatchRef, stream: WritableStream<Uint8Array>, options?: ExportOptions) => Promise<void>;
  /** A new batch of those devices of a completed one whose failure a retry can change; always the same one. Scope `devices:write`. */
  readonly retryFailures: (batch: BatchRef, options?: CallOptions) => Promise<DeviceBatch>;
  /** What was not sent yet is not. Scope `devices:write`. */
  readonly cancelBatch: (batch: BatchRef, options?: CallOptions) => Promise<DeviceBatch>;
}

// If an answer names no time.
const POLL_AFTER_S = 2;

export const batchesPath = (productId: string) => `/v1/products/${encodeURIComponent(productId)}/device-batches`;
const batchPath = ({ productId, batchId }: BatchRef) => `${batchesPath(productId)}/${encodeURIComponent(batchId)}`;
const devicesPath = (batch: BatchRef) => `${batchPath(batch)}/devices`;

const largestPage = ({ include }: Pick<BatchListOptions, 'include'>) => (include === undefined ? 500 : 200);

export function isBatchRef(ref: object): ref is BatchRef {
  return 'batchId' in ref;
}

async function toBody(deviceNames: DeviceNames): Promise<Pick<NonNullable<Call['creation']>, 'body' | 'type'>> {
  if (typeof deviceNames === 'string') return { body: deviceNames, type: 'text/csv' };
  const names: string[] = [];
  for await (const name of deviceNames) names.push(name);
  return { body: JSON.stringify({ deviceNames: names }), type: 'application/json' };
}

/** The calls for batches, and where and how `createClient` reads their devices. */
export function createBatchCalls(options: ClientOptions) {
  const call = <T>(path: string, { signal }: CallOptions = {}, rest: Omit<Call, 'path' | 'signal'> = {}) =>
    send<T>(options, { path, ...rest, ...(signal === undefined ? {} : { signal }) });
  const act = async (path: string, given?: CallOptions) => (await call<DeviceBatch>(path, given, { isAction: true })).body;

  async function* followBatch(batch: BatchRef, given: CallOptions = {}) {
    for (;;) {
      const { body, retryAfterS = POLL_AFTER_S } = await call<DeviceBatch>(batchPath(batch), given);
      yield body;
      if (body.status === 'completed') return body;
      await pause(options, retryAfterS * 1000, given.signal);
    }
  }

  /** The pages of the results as CSV, each with its header line. */
  async function* eachCsvPage(batch: BatchRef, { signal, ...query }: ExportOptions) {
    for (let page = 1, isLast = false; !isLast; page += 1) {
      const given = signal === undefined ? {} : { signal };
      const rest = { query: { pageSize: largestPage(query), ...query, page }, accept: 'text/csv' } as const;
      const { body, next } = await call<string>(devicesPath(batch), given, rest);
      isLast = next === undefined;
      yield page === 1 ? body : body.slice(body.indexOf('\n') + 1);
    }
  }

  const calls: BatchCalls = {
    createBatch: async (productId, deviceNames, { idempotencyKey = createIdempotencyKey(), ...given } = {}) => {
      const creation = { ...(await toBody(deviceNames)), idempotencyKey };
      return (await call<DeviceBatch>(batchesPath(productId), given, { creation })).body;
    },
    getBatch: async (batch, given) => (await call<DeviceBatch>(batchPath(batch), given)).body,
    followBatch,
    waitForBatch: async (batch, { onProgress, ...given } = {}) => {
      const states = followBatch(batch, given);
      for (;;) {
        const { done, value } = await states.next();
        if (done === true) return value;
        onProgress?.(value);
      }
    },
    exportCsv: async (batch, stream, given = {}) => {
      const writer = stream.getWriter();
      try {
        const encoder = new TextEncoder();
        for await (const text of eachCsvPage(batch, given)) await writer.write(encoder.encode(text));
        await writer.close();
      } catch (error) {
        await writer.abort(error).catch(() => undefined); // it may be the stream itself that failed
        throw error;
      }
    },
    retryFailures: (batch, given) => act(`${batchPath(batch)}/retries`, given),
    cancelBatch: (batch, given) => act(`${batchPath(batch)}/cancellation`, given),
  };
  return { ...calls, devicesPath, largestPage };
}
