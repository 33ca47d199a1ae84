import type { BaseContainer } from '../baseContainer.ts';
import { readStageName } from '../config.ts';
import { ConfigError } from '../environment.ts';
import type { ProblemCode } from '../errors.ts';
import { createLogger, describeError, type LogFields, type Logger } from '../logger.ts';
import { describeOutcome } from './cacheStatus.ts';
import type { Exchange } from './exchange.ts';
import { hashCaller } from './idempotencyKey.ts';
import { asAppError } from './problemDetails.ts';
import { measureExchange } from './measureExchange.ts';

const CALLER_HASH_LENGTH = 16;

type GetContainer = () => BaseContainer;

function loggerOf(getContainer: GetContainer, now: () => number): Logger {
  try {
    return getContainer().logger;
  } catch {
    // The configuration itself is wrong, and its error must still reach the stage's alarms.
    return createLogger({ level: 'ERROR', stage: readStageName(), write: console.log, now });
  }
}

function describeFault(error: unknown): LogFields & { readonly code: ProblemCode; readonly cause?: string } {
  const { code, options } = asAppError(error);
  if (code !== 'internal-error') return { code, ...(typeof options.cause === 'string' ? { cause: options.cause } : {}) };
  const variable = options.cause instanceof ConfigError ? { variable: options.cause.variable } : {};
  return { code, ...describeError(options.cause), ...variable };
}

function describeExchange({ request, functionName, trace, context: { tally }, caller }: Exchange): LogFields {
  const { cache } = tally;
  return {
    event: 'request',
    requestId: request.id,
    traceId: trace.traceId,
    route: functionName,
    ...(caller === undefined ? {} : { caller: hashCaller(caller).slice(0, CALLER_HASH_LENGTH) }),
    ...(cache === undefined ? {} : { cache: describeOutcome(cache) }),
  };
}

/**
 * Leaves one line a request, which is an EMF document as well: its metrics tell what the request took, the gateway's
 * access log (infrastructure/accessLog.cjs) how it was made.
 */
export function createLogExchange(getContainer: GetContainer, now: () => number) {
  let coldStart = true;
  return (exchange: Exchange, status: number, error: unknown): void => {
    const durationMs = now() - exchange.startedAtMs;
    const fault = error === undefined ? {} : describeFault(error);
    const fields: LogFields = { ...describeExchange(exchange), status, ...fault };
    const metrics = measureExchange({ tally: exchange.context.tally, status, durationMs, coldStart, fault });
    coldStart = false;
    const logger = loggerOf(getContainer, now);
    if (status >= 500) logger.error(fields, metrics);
    else logger.info(fields, metrics);
  };
}
