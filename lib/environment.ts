import * as z from 'zod/mini';

/** A configuration value that is missing or wrong; the message names the variable, never a secret's value. */
export class ConfigError extends Error {
  readonly variable: string;

  constructor(variable: string, complaint: string) {
    super(`${variable}: ${complaint}`);
    this.name = 'ConfigError';
    this.variable = variable;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

const LOCAL_KEY_BYTES = 32;
const MAX_TIMEOUT_MS = 30_000;

function hasLoopbackHost(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isUpstreamEndpoint(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined || url.username !== '' || url.password !== '' || /[?#]/.test(text)) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && hasLoopbackHost(url));
}

/** Scheme, host and port, and nothing else: whatever else there is would be left out in silence. */
function isOrigin(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return url.href === `${url.origin}/` && !/[?#]/.test(text);
}

/** SQS names a queue by account and name below an origin. */
function isQueueUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === text && url.pathname.length > 1;
}

/** Whether a text is a wrapping key: 32 bytes in base64. */
export function isLocalKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === LOCAL_KEY_BYTES;
}

const text = (isGood: (value: string) => boolean, complaint: string) =>
  z.string().check(z.refine(isGood, { error: complaint }));
const matching = (pattern: RegExp, complaint: string) => text((value) => pattern.test(value), complaint);
const oneOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });

const timeoutMs = matching(/^[1-9]\d{0,4}$/, 'must be a whole number of milliseconds from 1 to 30000');

const emulatorKeyId = matching(/^[A-Za-z0-9]{1,128}$/, 'must be 1 to 128 letters or digits');

const variables = z.object({
  STAGE: z._default(matching(/^[A-Za-z0-9-]{1,32}$/, 'must be 1 to 32 letters, digits or hyphens'), 'dev'),
  LOG_LEVEL: z._default(oneOf(['DEBUG', 'INFO', 'WARN', 'ERROR']), 'INFO'),
  PRODUCTS_CLAIM: z._default(oneOf(['optional', 'required']), 'optional'),
  IOTCLOUD_API: z._default(oneOf(['v2', '2018-06-14']), 'v2'),
  // Their defaults are the API's own.
  IOTCLOUD_ENDPOINT: z.optional(text(isUpstreamEndpoint, 'must be an https URL without query (http only for a loopback host)')),
  IOTCLOUD_REGION: z.optional(matching(/^[a-z0-9-]{1,32}$/, 'must be a region such as gz or ap-guangzhou')),
  IOTCLOUD_ACCOUNT: z._default(
    matching(/^[A-Za-z0-9_.@-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . @ -'),
    'default',
  ),
  IOTCLOUD_SIGNATURE_METHOD: z.optional(oneOf(['HmacSHA256', 'HmacSHA1'])),
  IOTCLOUD_TIMEOUT_MS: z._default(
    timeoutMs.check(z.refine((value) => Number(value) <= MAX_TIMEOUT_MS, { error: 'must be at most 30000' })),
    '2500',
  ),
  TENCENTCLOUD_SECRET_ID: z.optional(matching(/^[!-~]{1,256}$/, 'must be visible ASCII without spaces')),
  TENCENTCLOUD_SECRET_KEY: z.optional(matching(/^[!-~]{1,256}$/, 'must be visible ASCII without spaces')),
  TENCENTCLOUD_TOKEN: z.optional(matching(/^[!-~]{1,8192}$/, 'must be visible ASCII without spaces')),
  TENCENTCLOUD_SECRET_ARN: z.optional(matching(/^arn:[!-~]+$/, 'must be an ARN')),
  TASK_TABLE: z.optional(matching(/^[A-Za-z0-9_.-]{3,255}$/, 'must be a DynamoDB table name')),
  DYNAMODB_ENDPOINT: z.optional(text(isOrigin, 'must be an http or https URL of scheme, host and port')),
  DYNAMODB_ACCESS_KEY_ID: z.optional(emulatorKeyId),
  BATCH_QUEUE_URL: z.optional(text(isQueueUrl, 'must be the URL of an SQS queue')),
  SQS_ENDPOINT: z.optional(text(isOrigin, 'must be an http or https URL of scheme, host and port')),
  SQS_ACCESS_KEY_ID: z.optional(emulatorKeyId),
  BATCH_RESOLVE_AFTER_S: z._default(matching(/^(?:[1-9]\d?|[1-8]\d\d|900)$/, 'must be a whole number of seconds from 1 to 900'), '360'),
  BATCH_CALLS_PER_S: z._default(matching(/^(?=.*[1-9])\d{1,3}(?:\.\d{1,3})?$/, 'must be a number above 0 and below 1000'), '4'),
  EVENT_BUS: z.optional(matching(/^(?:arn:[!-~]+|[A-Za-z0-9_./-]{1,256})$/, 'must be the name or ARN of an event bus')),
  // Lambda's own, which sets them for every function.
  AWS_REGION: z.optional(matching(/^[a-z0-9-]{1,32}$/, 'must be a region such as eu-central-1')),
  AWS_ACCESS_KEY_ID: z.optional(matching(/^[!-~]+$/, 'must be visible ASCII without spaces')),
  AWS_SECRET_ACCESS_KEY: z.optional(matching(/^[!-~]+$/, 'must be visible ASCII without spaces')),
  AWS_SESSION_TOKEN: z.optional(matching(/^[!-~]+$/, 'must be visible ASCII without spaces')),
  CREDENTIALS_KEY_ARN: z.optional(matching(/^arn:[!-~]+$/, 'must be an ARN')),
  CREDENTIALS_LOCAL_KEY: z.optional(text(isLocalKey, 'must be 32 bytes in base64')),
});

/** The variables that are set, and the defaults of those that are not. */
export type Variables = z.infer<typeof variables>;

/** @throws ConfigError naming the first variable whose value is wrong */
export function parseVariables(env: Environment): Variables {
  // A template leaves an empty string for a value it does not have: the same as absent.
  const present = Object.fromEntries(
    Object.keys(variables.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const parsed = variables.safeParse(present);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(String(issue?.path[0]), issue?.message ?? 'is not valid');
}

/** @throws ConfigError if the variable is not set */
export function requireVariable(name: keyof Variables, values: Variables): string {
  const value = values[name];
  if (value === undefined) throw new ConfigError(name, 'is required and not set');
  return value;
}
