import type { SignedParts } from './signature.ts';

/** One call as it came: what its signature covers, and what is wrong with its form, where something is. */
export interface LegacyCall extends SignedParts {
  malformed: string | undefined;
}

/** The parts of an HTTP request that make a call; `url` is the request target, path and query. */
export interface CallSource {
  httpMethod: 'GET' | 'POST';
  host: string;
  url: string;
  contentType: string;
  body: string;
}

function findFormProblem({ httpMethod, contentType, body }: CallSource, query: string): string | undefined {
  if (httpMethod === 'GET') return body === '' ? undefined : 'GET 请求不能带 body';
  if (query !== '') return 'POST 请求不能带查询参数';
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);
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

/** Splits a request target at its first `?`; the query is empty where there is none. */
export function splitUrl(url: string): { path: string; query: string } {
  const [path = ''] = url.split('?', 1);
  return { path, query: url.slice(path.length + 1) };
}

/**
 * Reads the parameters of a GET from the query, those of a POST from the form. Never throws: a mix of both, another
 * content type and a repeated name come back as `malformed`.
 */
export function readCall(source: CallSource): LegacyCall {
  const { path, query } = splitUrl(source.url);
  const pairs = new URLSearchParams(source.httpMethod === 'GET' ? query : source.body);
  const { httpMethod, host } = source;
  const malformed = findFormProblem(source, query) ?? findRepeated(pairs);
  return { httpMethod, host, path, params: new Map(pairs), malformed };
}
