import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
import * as z from 'zod/mini';
import type { DynamoDbPlace } from '../config.ts';
import { DynamoDbError, type CallDynamoDb, type Operation, type Output } from './dynamoDbApi.ts';
import { createRequestLimit } from './requestLimit.ts';

export interface CallLimits {
  /** Of one attempt, from the look for a connection to the last byte of the answer. */
  readonly attemptMs: number;
  /** Before the second attempt, at the most. */
  readonly maxPauseMs: number;
  /** One API call makes no more than four; what is beyond that are many calls in one process, as offline. */
  readonly requestsAtOnce: number;
}

// A hanging table must cost a request under a second before it goes to the vendor.
const LIMITS: CallLimits = { attemptMs: 400, maxPauseMs: 50, requestsAtOnce: 4 };

// Of a Query DynamoDB sends 1 MB at most, and no task comes near that in a BatchGetItem: what is longer is no answer of its.
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const THROTTLED = new Set(['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException']);

interface Reply {
  readonly httpStatus: number;
  readonly body: string;
}

const late = (limitMs: number) => Object.assign(new Error(`no whole answer in ${limitMs} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
const tooLarge = () => Object.assign(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`), { code: 'EMSGSIZE' });

/** One HTTP exchange, whole or an error with a code. */
function exchange(secure: boolean, options: https.RequestOptions, body: string, limitMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(options);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    const timer = setTimeout(() => fail(late(limitMs)), limitMs);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_ANSWER_BYTES) fail(tooLarge());
      });
      response.on('error', fail); // a body cut off is one
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ httpStatus: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.on('error', fail);
    request.end(body);
  });
}

const errorBody = z.object({ __type: z.string() });

/** `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException` is `ConditionalCheckFailedException`. */
function readErrorName(body: string): string {
  try {
    const { __type: type } = errorBody.parse(JSON.parse(body));
    return type.slice(type.indexOf('#') + 1);
  } catch {
    return 'UnknownError';
  }
}

function readOutput<O extends Operation>({ httpStatus, body }: Reply): Output<O> {
  if (httpStatus !== 200) throw new DynamoDbError(readErrorName(body), httpStatus);
  const output: unknown = JSON.parse(body);
  if (typeof output !== 'object' || output === null) throw new SyntaxError('no JSON object');
  return output; // as AWS documents it; what is in an item is checked where it is read
}

/** Whether the same request may get another answer: no whole one came, or the table is busy. */
function mayPass(error: unknown): boolean {
  if (error instanceof DynamoDbError) return error.httpStatus >= 500 || THROTTLED.has(error.name);
  // A request that cannot be made is a TypeError; an answer that cannot be read has no code.
  return error instanceof Error && 'code' in error && !(error instanceof TypeError);
}

/**
 * DynamoDB over `node:https`: signed by aws4, one retry, short time-outs, connections kept. `docs/adr/0011` says
 * why this is not the AWS SDK: that costs a fresh process more than everything else together.
 */
export function createDynamoDbCaller({ endpoint, region, credentials }: DynamoDbPlace, limits: CallLimits = LIMITS): CallDynamoDb {
  const url = new URL(endpoint);
  const hostname = url.hostname.replaceAll(/[[\]]/g, ''); // an IPv6 address stands in brackets there
  const secure = url.protocol === 'https:';
  const agent = new (secure ? https : http).Agent({ keepAlive: true });
  const limit = createRequestLimit(limits.requestsAtOnce);
  const keys = {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey.reveal(),
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken.reveal() }),
  };
  const target = { service: 'dynamodb', region, method: 'POST', path: '/', hostname, port: url.port };

  const attempt = async <O extends Operation>(operation: O, body: string, over: http.Agent | false): Promise<Output<O>> => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, host: url.host };
    const signed = aws4.sign({ ...target, headers, body }, keys);
    return readOutput<O>(await exchange(secure, { ...signed, agent: over }, body, limits.attemptMs));
  };

  return (operation, input) => {
    const body = JSON.stringify(input);
    return limit(async () => {
      try {
        return await attempt(operation, body, agent);
      } catch (error) {
        if (!mayPass(error)) throw error;
        await sleep(Math.random() * limits.maxPauseMs);
        // On a connection of its own: those that are kept may all have died while the function was frozen.
        return attempt(operation, body, false);
      }
    });
  };
}
