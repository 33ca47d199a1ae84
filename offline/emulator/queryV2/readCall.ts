import type { ReceivedRequest } from '../startServer.ts';
import type { SignedParts } from './signature.ts';

/** One call as it came: what its signature covers, and what is wrong with its form, if anything is. */
export interface QueryCall extends SignedParts {
  readonly malformed: string | undefined;
}

function findFormProblem({ method, headers, body }: ReceivedRequest, query: string): string | undefined {
  if (method === 'GET') return body === '' ? undefined : 'GET 请求不能带 body';
  if (query !== '') return 'POST 请求不能带查询参数';
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '');
  return isForm ? undefined : 'POST 请求的 Content-Type 错误';
}

function findRepeated(pairs: URLSearchParams): string | undefined {
  const seen = new Set<string>();
  for (const name of pairs.keys()) {
    if (seen.has(name)) return `参数 ${name} 重复`;
    seen.add(name);
  }
  return undefined;
}

/**
 * Reads the parameters of a GET from the query, those of a POST from the form. Never throws: a mix of both, another
 * content type and a repeated name come back as `malformed`.
 */
export function readCall(request: ReceivedRequest): QueryCall {
  const { path, query, headers } = request;
  const httpMethod = request.method === 'GET' ? 'GET' : 'POST'; // the only two that reach this API
  const pairs = new URLSearchParams(httpMethod === 'GET' ? query : request.body);
  const malformed = findFormProblem(request, query) ?? findRepeated(pairs);
  return { httpMethod, host: headers.host ?? '', path, params: new Map(pairs), malformed };
}
