import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createRequestLimit } from './requestLimit.ts';

type RetryStrategy = Extract<DynamoDBClientConfig['retryStrategy'], { acquireInitialRetryToken: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

const MAX_PAUSE_MS = 50;

// What the body is given where its head took all the time there was: it may have arrived with it.
const MIN_BODY_MS = 50;

const makeToken = (retries: number, pauseMs: number): RetryToken => ({
  getRetryCount: () => retries,
  getRetryDelay: () => pauseMs,
});

/**
 * One attempt more after what may pass, and a short pause before it. The SDK's own strategy waits up to a second
 * after a throttled attempt, and as long as the answer's header says: longer than asking the vendor takes.
 */
export const retryOnce: RetryStrategy = {
  acquireInitialRetryToken: () => Promise.resolve(makeToken(0, 0)),
  refreshRetryTokenForRetry: (token, { errorType }) => {
    const mayPass = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
    if (!mayPass || token.getRetryCount() > 0) return Promise.reject(new Error('not to be repeated'));
    return Promise.resolve(makeToken(1, Math.random() * MAX_PAUSE_MS));
  },
  recordSuccess: () => {},
};

interface Destroyable {
  readonly destroy: (error: Error) => unknown;
  readonly once: (event: 'close', listener: () => void) => unknown;
}

function bodyOf(response: unknown): Destroyable | undefined {
  const body: unknown = typeof response === 'object' && response !== null ? Reflect.get(response, 'body') : undefined;
  const isStream = typeof body === 'object' && body !== null && 'destroy' in body && 'once' in body;
  return isStream ? (body as Destroyable) : undefined; // Node's handler answers with an IncomingMessage
}

/** Ends an attempt whose answer is not whole in time: the SDK's own request time-out ends with the answer's head. */
export function limitAttemptTime(client: DynamoDBClient, limitMs: number): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const startMs = performance.now();
      const result = await next(args);
      const body = bodyOf(result.response);
      if (body === undefined) return result;
      const late = Object.assign(new Error(`the answer was not whole in ${limitMs} ms`), { name: 'TimeoutError' });
      const leftMs = Math.max(MIN_BODY_MS, startMs + limitMs - performance.now());
      const timer = setTimeout(() => body.destroy(late), leftMs);
      body.once('close', () => clearTimeout(timer));
      return result;
    },
    // Between the HTTP handler and the deserializer: once an attempt, and before the body is read.
    { step: 'deserialize', priority: 'low', name: 'limitAttemptTime' },
  );
}

/** Sends at most so many requests at once, the retries of each included. */
export function limitRequests(client: DynamoDBClient, atOnce: number): void {
  const limit = createRequestLimit(atOnce);
  const options = { step: 'build', priority: 'low', name: 'limitRequests' } as const; // the step around the retries
  client.middlewareStack.add((next) => (args) => limit(() => next(args)), options);
}
