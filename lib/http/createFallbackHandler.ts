import type { BaseContainer } from '../baseContainer.ts';
import { systemClock } from '../clock.ts';
import { functions } from '../functions/functions.ts';
import { methodNotAllowed, routeNotFound } from './admitRequest.ts';
import { createChain, type LambdaHandler } from './createHandler.ts';
import { allowedMethods } from './paths.ts';

/** The handler of every path and method no route takes: 405 with `Allow` if the path exists, else 404. */
export function createFallbackHandler(getContainer: () => BaseContainer, now: () => number = systemClock.now): LambdaHandler {
  return createChain({
    name: 'fallback',
    checks: [],
    answer: ({ request: { method, path, mayHaveBasePath } }) => {
      const allowed = allowedMethods(Object.values(functions), path, mayHaveBasePath);
      throw allowed.length === 0 || allowed.includes(method) ? routeNotFound() : methodNotAllowed(allowed);
    },
    getContainer,
    now,
  });
}
