import { AsyncLocalStorage } from 'node:async_hooks';

/** What ties a line of the log to a request and to its trace. */
export interface RequestIds {
  readonly requestId: string;
  readonly traceId: string;
}

// Faults are told from far below HTTP, and off Lambda a process serves many requests at once.
const current = new AsyncLocalStorage<Partial<RequestIds>>();

/** Does the work of one request, of which `currentRequest` then tells. */
export function serveRequest<T>(work: () => T): T {
  return current.run({}, work);
}

/** Names the request that is being served. */
export function nameRequest({ requestId, traceId }: RequestIds): void {
  Object.assign(current.getStore() ?? {}, { requestId, traceId });
}

/** The request that is being served, as far as it was named. */
export function currentRequest(): Partial<RequestIds> {
  return current.getStore() ?? {};
}
