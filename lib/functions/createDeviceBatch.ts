import * as z from 'zod/mini';
import { deviceBatchCreation, deviceBatchResource } from '../deviceBatches/resources.ts';
import { namesBody } from '../http/csvNames.ts';
import { defineFunction } from './apiFunction.ts';
import { BATCHES } from './deviceBatchPaths.ts';
import { productPath } from './deviceTaskPaths.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export const createDeviceBatch = defineFunction({
  name: 'createDeviceBatch',
  methods: ['POST'],
  template: BATCHES,
  scopes: ['devices:write'],
  path: productPath,
  query: z.object({}),
  body: namesBody(deviceBatchCreation, MAX_BODY_BYTES),
  takesIdempotencyKey: true,
  isValidated: false,
  success: {
    status: 202,
    description: 'The batch is accepted.',
    content: { type: 'application/json', schema: deviceBatchResource },
    headers: ['Location', 'Retry-After', 'Idempotency-Replayed'],
  },
  problems: [
    'unsupported-media-type',
    'payload-too-large',
    'too-many-batches',
    'idempotency-key-in-progress',
    'idempotency-key-reused',
    'queue-unavailable',
  ],
  text: {
    tag: 'Device batches',
    summary: 'Create up to 10,000 devices',
    description:
      'Writes a batch of 1 to 10,000 devices down and answers at once; follow it at `Location`. ' +
      'Everything is checked first: if anything is wrong, nothing is sent.\n\n' +
      'As CSV (RFC 4180, UTF-8) the names stand in a column whose header is `deviceName`; other columns are ignored. ' +
      'A fault of a CSV body is told with the `line` on which its record begins. JSON and CSV of the same names are the same body for a key.\n\n' +
      'No fate of a device hangs on this answer: a 503, or none, may hide a batch that was accepted. ' +
      'Repeat it with the same `Idempotency-Key`, which is remembered as long as the batch lives.',
    query: {},
  },
});
