import { ApiError, retryAfterOf, toApiError } from './errors.ts';

export interface ClientOptions {
  /** Where the API is, e.g. `https://api.example.com`; a base path is kept. */
  readonly baseUrl: string;
  /** The bearer token, or what brings one: it is asked before every request. */
  readonly token: string | (() => string | Promise<string>);
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Tries of one call in all; 4 if left out, 1 for no retries. */
  readonly maxAttempts?: number;
  /** In place of a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface Call extends CallOptions {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Of a creation. */
  readonly creation?: { readonly body: string; readonly type: 'application/json' | 'text/csv'; readonly idempotencyKey: string };
  /** Whether it is a POST without a body; sent again, it does nothing more. */
  readonly isAction?: boolean;
  /** Whether it goes without a token. */
  readonly isPublic?: boolean;
  /** Of the answer; JSON if left out. */
  readonly accept?: 'text/csv';
}

export interface Answer<T> {
  readonly body: T;
  /** Seconds. */
  readonly retryAfterS: number | undefined;
  /** The query of the page that `Link` says comes next, if there is one. */
  readonly next: URLSearchParams | undefined;
}

const MAX_ATTEMPTS = 4;
const BACKOFF_MS = 250;

/** Not every platform's signal has `throwIfAborted` or a `reason`. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw (signal.reason as unknown) ?? Object.assign(new Error('The call was aborted.'), { name: 'AbortError' });
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish);
  });
}

/** Waits, unless and until it is aborted. @throws the reason of the signal */
export async function pause(options: ClientOptions, ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await (options.sleep ?? wait)(ms, signal);
  throwIfAborted(signal);
}

function formatQuery(query: Call['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** The cursor in the `next` of `Link`: nothing in it is percent-encoded. */
function nextOf(headers: Headers): URLSearchParams | undefined {
  const query = /\?([^>]*)>;\s*rel="?next\b/.exec(headers.get('link') ?? '')?.[1];
  return query === undefined ? undefined : new URLSearchParams(query);
}

function lost(call: Call, cause: unknown, code: 'connection-lost' | 'unreadable-answer', status: number): ApiError {
  const message = code === 'connection-lost' ? 'No answer: the connection failed or was lost.' : 'The answer could not be read.';
  return new ApiError(message, { code, status, retryable: true, outcomeUnknown: call.creation !== undefined }, cause);
}

async function attempt<T>(options: ClientOptions, call: Call): Promise<Answer<T>> {
  const { path, query, creation, signal, isPublic, isAction, accept = 'application/json' } = call;
  const token = typeof options.token === 'string' ? options.token : isPublic === true ? '' : await options.token();
  const init = {
    method: creation === undefined && isAction !== true ? 'GET' : 'POST',
    headers: {
      accept: `${accept}, application/problem+json`,
      ...(isPublic === true ? {} : { authorization: `Bearer ${token}` }),
      ...(creation === undefined ? {} : { 'content-type': creation.type, 'idempotency-key': creation.idempotencyKey }),
    },
    ...(creation === undefined ? {} : { body: creation.body }),
    ...(signal === undefined ? {} : { signal }),
  };
  let status = 0;
  let text: string;
  let headers: Headers;
  try {
    const response = await (options.fetch ?? globalThis.fetch)(`${options.baseUrl.replace(/\/+$/, '')}${path}${formatQuery(query)}`, init);
    ({ status, headers } = response);
    text = await response.text();
  } catch (error) {
    throwIfAborted(signal);
    throw lost(call, error, 'connection-lost', status);
  }
  if (status < 200 || status > 299) throw toApiError(status, headers, text, creation !== undefined);
  try {
    // Of JSON the document's word for it; of CSV, `T` is the text.
    const body = (accept === 'text/csv' ? text : JSON.parse(text)) as T;
    return { body, retryAfterS: retryAfterOf(headers), next: nextOf(headers) };
  } catch (error) {
    throw lost(call, error, 'unreadable-answer', status);
  }
}

/** What takes minutes is nothing to retry here: for that there are `waitForTask` and `waitForBatch`. */
const SLOW: readonly string[] = ['task-not-completed', 'batch-not-completed', 'too-many-batches'];

const isRetryable = ({ code, retryable }: ApiError): boolean => retryable && !SLOW.includes(code);

/**
 * Sends a call, and retries it if that is safe: a read by `retryable`; a creation too, since each of its
 * requests carries the same `Idempotency-Key`. @throws ApiError, or the reason of the signal
 */
export async function send<T>(options: ClientOptions, call: Call): Promise<Answer<T>> {
  const { maxAttempts = MAX_ATTEMPTS } = options;
  let isUnknown = false;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt<T>(options, call);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What one try left open, no later refusal settles.
      isUnknown ||= error.outcomeUnknown;
      if (call.creation !== undefined) Object.assign(error, { idempotencyKey: call.creation.idempotencyKey, outcomeUnknown: isUnknown });
      if (!isRetryable(error) || count >= maxAttempts) throw error;
      const backoffMs = BACKOFF_MS * 2 ** count * (0.5 + Math.random() / 2);
      await pause(options, error.retryAfterS === undefined ? backoffMs : error.retryAfterS * 1000, call.signal);
    }
  }
}
