import { deviceBatchListResource } from '../deviceBatches/resources.ts';
import { defineFunction } from './apiFunction.ts';
import { BATCHES } from './deviceBatchPaths.ts';
import { productPath } from './deviceTaskPaths.ts';
import { listQuery, listQueryTexts } from './listQuery.ts';

export const listDeviceBatches = defineFunction({
  name: 'listDeviceBatches',
  methods: ['GET'],
  template: BATCHES,
  scopes: ['devices:read'],
  path: productPath,
  query: listQuery,
  isValidated: false,
  success: {
    status: 200,
    description: 'A page of batches.',
    content: { type: 'application/json', schema: deviceBatchListResource },
    headers: ['Link'],
  },
  problems: ['store-unavailable'],
  text: {
    tag: 'Device batches',
    summary: 'List the batches of a product',
    description:
      'The batches that were accepted and have not expired, newest first, each as it stands; `Link` leads to the `next` page, if there is one. ' +
      'A page can be short of `pageSize`, or empty, and have a `next`.',
    query: listQueryTexts,
  },
});
