import type { BaseConfig } from '../config.ts';
import { AppError, type InputFault } from '../errors.ts';
import type { ApiFunction } from '../functions/apiFunction.ts';
import { readCaller, requireIdentity, requireProduct, requireScopes } from './caller.ts';
import type { Exchange } from './exchange.ts';
import { parsePath, parseQuery, type Parsed } from './parseInput.ts';
import { findBasePath } from './paths.ts';

// Nobody reads more than these.
const MAX_FAULTS = 100;

export function routeNotFound(): AppError {
  return new AppError('route-not-found');
}

export function methodNotAllowed(allowed: readonly string[]): AppError {
  const allow = allowed.join(', ');
  return new AppError('method-not-allowed', `This path takes ${allow}.`, { headers: { allow } });
}

function invalidRequest(faults: readonly InputFault[]): AppError {
  const errors = faults.slice(0, MAX_FAULTS);
  const where = errors.map(({ name, pointer, line, in: part }) => name ?? (line === undefined ? pointer || part : `line ${line}`));
  return new AppError('invalid-request', `Not valid: ${[...new Set(where)].slice(0, 10).join(', ')}.`, { errors });
}

function faultsOf(parsed: Parsed<unknown>): readonly InputFault[] {
  return parsed.ok ? [] : parsed.faults;
}

/** Finds out who calls; after it the log names who was refused. @throws AppError `method-not-allowed`, `unauthorized` */
export function identifyCaller({ methods, scopes }: ApiFunction, exchange: Exchange): Exchange {
  // serverless-offline serves HEAD by whatever serves GET.
  if (!methods.some((method) => method === exchange.request.method)) throw methodNotAllowed(methods);
  return scopes.length === 0 ? exchange : { ...exchange, caller: readCaller(exchange.request) };
}

/** An action takes no body: one that says something would be passed over in silence. */
function requireNoBody({ methods }: ApiFunction, request: Exchange['request']): Parsed<undefined> {
  if (methods[0] !== 'POST' || (request.body ?? '').length === 0) return { ok: true, value: undefined };
  return { ok: false, faults: [{ in: 'body', pointer: '', detail: 'must be empty' }] };
}

/**
 * Whether this caller may ask this, and what the input is: settled before anything is read, asked or decrypted.
 * @throws AppError
 */
export function admitRequest(fn: ApiFunction, exchange: Exchange, productsClaim: () => BaseConfig['productsClaim']): Exchange {
  const { caller, request } = exchange;
  if (caller !== undefined) {
    requireIdentity(caller);
    requireScopes(caller, fn.scopes);
  }
  const path = parsePath(request.pathParameters, fn.path);
  const query = parseQuery(request.rawQuery, fn.query);
  if (!path.ok) throw invalidRequest([...path.faults, ...faultsOf(query)]);
  const basePath = findBasePath(fn.template, request.path);
  if (basePath === undefined) throw routeNotFound();
  const { productId } = path.value;
  if (caller !== undefined && typeof productId === 'string') requireProduct(caller, productId, productsClaim());
  const body = fn.body === undefined ? requireNoBody(fn, request) : fn.body.parse(request);
  if (!query.ok || !body.ok) throw invalidRequest([...faultsOf(query), ...faultsOf(body)]);
  return { ...exchange, basePath, path: path.value, query: query.value, body: body.value };
}
