import type { ProblemCode } from '../errors.ts';
import type { RouteName } from '../http/routes.ts';
import type { examples } from './examples.ts';
import type { HeaderName } from './headers.ts';
import type { ParameterName } from './parameters.ts';
import type { SchemaName } from './schemas.ts';

type ExampleName = keyof typeof examples;

/** What no schema can say of an operation. */
export interface OperationText {
  readonly tag: 'Device tasks' | 'Service';
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ParameterName[];
  readonly body?: { readonly schema: SchemaName; readonly example: ExampleName };
  readonly success: {
    readonly status: number;
    readonly description: string;
    readonly contentType?: string;
    /** Left out, there is no body. */
    readonly schema?: SchemaName | 'object' | 'string';
    readonly examples: readonly ExampleName[];
    /** Beside those of every answer. */
    readonly headers: readonly HeaderName[];
  };
  /** Whether `If-None-Match` can bring a 304. */
  readonly isValidated: boolean;
  readonly codes: readonly ProblemCode[];
  readonly gateway: readonly number[];
}

const everywhere = ['invalid-request', 'method-not-allowed', 'internal-error'] as const;
const withCaller = [...everywhere, 'unauthorized', 'forbidden', 'route-not-found', 'product-not-found'] as const;
const upstream = [
  'upstream-auth-failed',
  'upstream-malformed',
  'upstream-error',
  'upstream-rate-limited',
  'upstream-unavailable',
  'upstream-timeout',
] as const;

const GATEWAY = [429, 500, 503] as const;
const GATEWAY_WITH_CALLER = [401, 403, 429, 500, 502, 503, 504] as const;

const TASK = ['productId', 'taskId'] as const;
const HEAD = '`HEAD` answers the same without its body.';
const CACHED = ['Cache-Status', 'ETag'] as const;

export const operations: Record<RouteName, OperationText> = {
  createDeviceTask: {
    tag: 'Device tasks',
    summary: 'Create a batch of devices',
    description:
      'Starts the creation of 1 to 100 devices and answers at once; follow the task at `Location`.\n\n' +
      'Send an `Idempotency-Key`: a repeat with the same key and body gets the first answer again. ' +
      'After a 5xx or a lost connection the outcome is **unknown**: repeat it only with the same key. ' +
      'Without a key, look the names up before you use them again.',
    parameters: ['productId', 'idempotencyKey', 'traceparent'],
    body: { schema: 'DeviceTaskCreation', example: 'creation' },
    success: {
      status: 202,
      description: 'The batch is accepted.',
      schema: 'DeviceTask',
      examples: ['createdTask'],
      headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
    },
    isValidated: false,
    codes: [
      ...withCaller,
      ...upstream,
      'device-limit-exceeded',
      'unsupported-media-type',
      'payload-too-large',
      'idempotency-key-in-progress',
      'idempotency-key-reused',
      'idempotency-unavailable',
      'task-creation-unknown',
    ],
    gateway: [...GATEWAY_WITH_CALLER, 413],
  },
  getDeviceTask: {
    tag: 'Device tasks',
    summary: 'Follow a batch',
    description: 'How far a batch is. While it is not `completed`, ask again after `Retry-After`.',
    parameters: [...TASK, 'ifNoneMatch', 'traceparent'],
    success: {
      status: 200,
      description: 'The task.',
      schema: 'DeviceTask',
      examples: ['completedTask', 'runningTask'],
      headers: [...CACHED, 'Retry-After'],
    },
    isValidated: true,
    codes: [...withCaller, ...upstream, 'task-not-found'],
    gateway: GATEWAY_WITH_CALLER,
  },
  getDeviceResults: {
    tag: 'Device tasks',
    summary: 'Read the results of a batch',
    description:
      'One page of what became of the devices, once the task is `completed`. ' +
      'With `include=credentials` and the scope `devices:credentials` it holds their private keys or pre-shared keys; ' +
      'such an answer is never stored on the way. The vendor keeps them for a month.',
    parameters: [...TASK, 'ifNoneMatch', 'traceparent'],
    success: {
      status: 200,
      description: 'A page of results.',
      schema: 'DeviceResultPage',
      examples: ['results', 'resultsWithCertificate', 'resultsWithPsk'],
      headers: [...CACHED, 'Link'],
    },
    isValidated: true,
    codes: [...withCaller, ...upstream, 'task-not-found', 'task-not-completed'],
    gateway: GATEWAY_WITH_CALLER,
  },
  getHealth: {
    tag: 'Service',
    summary: 'Check that the service runs',
    description: `Asks neither the vendor nor the database. ${HEAD}`,
    parameters: ['traceparent'],
    success: { status: 200, description: 'It runs.', schema: 'Health', examples: ['health'], headers: [] },
    isValidated: false,
    codes: everywhere,
    gateway: GATEWAY,
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'Get this document',
    description: `The OpenAPI 3.1 description of the API. ${HEAD}`,
    parameters: ['ifNoneMatch', 'traceparent'],
    success: {
      status: 200,
      description: 'The document.',
      schema: 'object',
      examples: [],
      headers: ['ETag'],
    },
    isValidated: true,
    codes: everywhere,
    gateway: GATEWAY,
  },
  getDocs: {
    tag: 'Service',
    summary: 'Read the reference',
    description: `This reference as a page, to read and to try the API from. ${HEAD}`,
    parameters: ['ifNoneMatch', 'traceparent'],
    success: {
      status: 200,
      description: 'The page.',
      contentType: 'text/html',
      schema: 'string',
      examples: [],
      headers: ['ETag', 'Vary'],
    },
    isValidated: true,
    codes: everywhere,
    gateway: GATEWAY,
  },
  getRoot: {
    tag: 'Service',
    summary: 'Find the reference',
    description: 'Leads to `/docs`, below the same base path.',
    parameters: ['traceparent'],
    success: { status: 302, description: 'The reference is elsewhere.', examples: [], headers: ['Location'] },
    isValidated: false,
    codes: everywhere,
    gateway: GATEWAY,
  },
};
