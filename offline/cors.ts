import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** CORS as API Gateway does it, from the stage's list of origins; with an empty list there is none. */
export interface CorsRules {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposedResponseHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

function isAllowed(rules: CorsRules, origin: string | undefined): origin is string {
  return origin !== undefined && rules.allowedOrigins.includes(origin);
}

/** Whether API Gateway would answer this itself: an OPTIONS request, once origins are configured. */
export function isPreflight(rules: CorsRules, request: IncomingMessage): boolean {
  return rules.allowedOrigins.length > 0 && request.method === 'OPTIONS' && request.headers.origin !== undefined;
}

/** Headers of a preflight's answer (204); empty for an origin that is not on the list. */
export function preflightHeaders(rules: CorsRules, origin: string | undefined): OutgoingHttpHeaders {
  if (!isAllowed(rules, origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': rules.allowedMethods.join(','),
    'access-control-allow-headers': rules.allowedHeaders.join(','),
    'access-control-max-age': String(rules.maxAge),
    vary: 'origin',
  };
}

/** Headers added to every other answer; empty for an origin that is not on the list. */
export function corsHeaders(rules: CorsRules, origin: string | undefined): OutgoingHttpHeaders {
  if (!isAllowed(rules, origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': rules.exposedResponseHeaders.join(','),
    vary: 'origin',
  };
}
