import { readStageName } from '../config.ts';
import { ConfigError } from '../environment.ts';
import { createLogger, describeError, type LogFields, type Logger } from '../logger.ts';
import { formatCacheStatus } from './cacheStatus.ts';
import type { Exchange } from './exchange.ts';
import type { HttpResponse } from './httpResponse.ts';
import { hashCaller } from './idempotencyKey.ts';
import type { ChainRequest, GetContainer, Middleware } from './middlewares.ts';
import { asAppError } from './problemDetails.ts';
import { measureExchange } from './measureExchange.ts';

const CALLER_HASH_LENGTH = 16;

function loggerOf(getContainer: GetContainer, now: () => number): Logger {
  try {
    return getContainer().logger;
  } catch {
    // The configuration itself is wrong: its error still has to be told, where the stage's alarms look.
    return createLogger({ level: 'ERROR', stage: readStageName(), write: console.log, now });
  }
}

function describeFault(error: unknown): LogFields {
  const { code, options } = asAppError(error);
  if (code !== 'internal-error') return { code, ...(typeof options.cause === 'string' ? { cause: options.cause } : {}) };
  const variable = options.cause instanceof ConfigError ? { variable: options.cause.variable } : {};
  return { code, ...describeError(options.cause), ...variable };
}

function describeExchange({ request, routeName, trace, scope, caller }: Exchange): LogFields {
  const { cache, vendorCalls, vendorMs } = scope.tally;
  return {
    event: 'request',
    requestId: request.id,
    traceId: trace.traceId,
    route: routeName,
    method: request.method,
    vendorCalls,
    vendorMs,
    ...(caller === undefined ? {} : { caller: hashCaller(caller).slice(0, CALLER_HASH_LENGTH) }),
    ...(cache === undefined ? {} : { cache: formatCacheStatus(cache) }),
  };
}

/** One line a request, after all else; an EMF document as well. */
export function logExchange(getContainer: GetContainer, now: () => number): Middleware {
  let coldStart = true;
  const log = (request: ChainRequest) => {
    const exchange = request.event;
    const status = (request.response as HttpResponse).statusCode; // `respond` ran before
    const durationMs = now() - exchange.startedAtMs;
    const fault = request.error ? describeFault(request.error) : {};
    const fields: LogFields = { ...describeExchange(exchange), status, durationMs, coldStart, ...fault };
    const metrics = measureExchange({ tally: exchange.scope.tally, status, durationMs, coldStart, fault });
    coldStart = false;
    const logger = loggerOf(getContainer, now);
    if (status >= 500) logger.error(fields, metrics);
    else logger.info(fields, metrics);
  };
  return { after: log, onError: log };
}
