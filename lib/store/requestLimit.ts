/** Sends a request, at once or when an earlier one has ended. */
export type RequestLimit = <T>(send: () => Promise<T>) => Promise<T>;

function isTimeout(error: unknown): error is Error {
  return error instanceof Error && error.name === 'TimeoutError';
}

/**
 * Sends at most so many requests at once. The time-out of the others begins only when they are sent: a busy process is
 * slow, and would otherwise take its table for gone. If a request times out, those that wait fail with it, so that a
 * table that hangs costs all of them no more than one time-out.
 */
export function createRequestLimit(atOnce: number): RequestLimit {
  const waiting: { readonly go: () => void; readonly fail: (error: Error) => void }[] = [];
  let busy = 0;
  const enter = async () => {
    if (busy < atOnce) busy += 1;
    else await new Promise<void>((go, fail) => waiting.push({ go, fail }));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next.go();
  };
  return async (send) => {
    await enter();
    try {
      return await send();
    } catch (error) {
      if (isTimeout(error)) for (const { fail } of waiting.splice(0)) fail(error);
      throw error;
    } finally {
      leave();
    }
  };
}
