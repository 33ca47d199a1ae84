import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
import * as z from 'zod/mini';
import type { AwsConnection } from '../config.ts';
import { createExchange, type ExchangeReply } from '../net/exchange.ts';
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

function readOutput<O extends Operation>({ httpStatus, body }: ExchangeReply): Output<O> {
  const text = body.toString('utf8');
  if (httpStatus !== 200) throw new DynamoDbError(readErrorName(text), httpStatus);
  const output: unknown = JSON.parse(text);
  if (typeof output !== 'object' || output === null) throw new SyntaxError('no JSON object');
  return output; // as AWS documents it; what is in an item is checked where it is read
}

/** Whether the same request may get another answer: no whole one came, or the table is busy. */
function isTransient(error: unknown): boolean {
  if (error instanceof DynamoDbError) return error.httpStatus >= 500 || THROTTLED.has(error.name);
  // A request that cannot be made is a TypeError; an answer that cannot be read has no code.
  return error instanceof Error && 'code' in error && !(error instanceof TypeError);
}

/**
 * DynamoDB over HTTPS: signed by aws4, one retry, short time-outs, connections kept. `docs/adr/0011` says why this
 * is not the AWS SDK: that costs a fresh process more than everything else together.
 */
export function createDynamoDbCaller({ endpoint, region, credentials }: AwsConnection, limits: CallLimits = LIMITS): CallDynamoDb {
  const url = new URL(endpoint);
  const exchange = createExchange({ maxBodyBytes: MAX_ANSWER_BYTES });
  const limit = createRequestLimit(limits.requestsAtOnce);
  const keys = {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey.reveal(),
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken.reveal() }),
  };
  const target = { service: 'dynamodb', region, method: 'POST', path: '/' };

  const attempt = async <O extends Operation>(operation: O, body: string, freshConnection: boolean): Promise<Output<O>> => {
    const unsigned = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, host: url.host };
    const { headers = {} } = aws4.sign({ ...target, headers: unsigned, body }, keys);
    const exchanged = await exchange({ httpMethod: 'POST', url, headers, body, timeoutMs: limits.attemptMs, freshConnection });
    if (!exchanged.ok) throw exchanged.fault.error;
    return readOutput<O>(exchanged.reply);
  };

  return (operation, input) => {
    const body = JSON.stringify(input);
    return limit(async () => {
      try {
        return await attempt(operation, body, false);
      } catch (error) {
        if (!isTransient(error)) throw error;
        await sleep(Math.random() * limits.maxPauseMs);
        // On a connection of its own: those that are kept may all have died while the function was frozen.
        return attempt(operation, body, true);
      }
    });
  };
}
