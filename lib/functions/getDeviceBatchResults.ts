import * as z from 'zod/mini';
import { deviceBatchPageResource, MAX_PAGE_SIZE } from '../deviceBatches/resources.ts';
import { wholeNumber } from '../http/parseInput.ts';
import { defineFunction } from './apiFunction.ts';
import { batchPath, BATCHES } from './deviceBatchPaths.ts';
import { include, includeText, MAX_PAGE, pageText } from './deviceTaskPaths.ts';

const MAX_PAGE_SIZE_WITH_CREDENTIALS = 200;

const fitsCredentials = z.check<{ readonly include?: 'credentials'; readonly pageSize: number }>(({ value, issues }) => {
  if (value.include === undefined || value.pageSize <= MAX_PAGE_SIZE_WITH_CREDENTIALS) return;
  const message = `must be at most ${MAX_PAGE_SIZE_WITH_CREDENTIALS} with include=credentials`;
  issues.push({ code: 'custom', input: value.pageSize, path: ['pageSize'], message });
});

const query = z.object({
  page: z._default(wholeNumber(1, MAX_PAGE), 1),
  pageSize: z._default(wholeNumber(1, MAX_PAGE_SIZE), 100),
  status: z.exactOptional(z.enum(['created', 'failed', 'pending', 'unknown'], { error: 'must be created, failed, pending or unknown' })),
  include,
});

export const getDeviceBatchResults = defineFunction({
  name: 'getDeviceBatchResults',
  methods: ['GET'],
  template: `${BATCHES}/{batchId}/devices`,
  scopes: ['devices:read'],
  path: batchPath,
  query: query.check(fitsCredentials),
  isValidated: true,
  success: {
    status: 200,
    description: 'A page of results.',
    content: { type: 'application/json', schema: deviceBatchPageResource, csv: 'A header line, then a line a device; lines end in CR LF, what is absent is empty.' },
    headers: ['ETag', 'Link', 'Vary', 'Content-Encoding'],
  },
  problems: ['batch-not-found', 'store-unavailable'],
  text: {
    tag: 'Device batches',
    summary: 'Read the results of a batch',
    description:
      'One page of what became of the devices, at any time, in the order of the request: those that are not settled are `pending`. ' +
      'With `include=credentials` and the scope `devices:credentials` it holds their private keys or pre-shared keys; ' +
      'such an answer is never stored on the way.\n\n' +
      'Where `Accept` prefers `text/csv` to JSON the page is CSV (RFC 4180), with the columns `deviceName`, `status`, `credentialType`, ' +
      '`certificate`, `privateKey`, `psk`, `errorCode`, `legacyCode`, `errorMessage`, `legacyMessage`, those of secrets only with `include=credentials`. ' +
      'A `legacyMessage` that a spreadsheet would take for a formula begins with a `\'`.',
    query: {
      page: pageText,
      pageSize: `Devices a page; with \`include=credentials\` at most ${MAX_PAGE_SIZE_WITH_CREDENTIALS}. A page of over 5 MB is refused.`,
      status: 'Only devices with this status; the totals count what is left.',
      include: includeText,
    },
  },
});
