import * as z from 'zod/mini';
import { defineFunction } from './apiFunction.ts';

export const getOpenApi = defineFunction({
  name: 'getOpenApi',
  methods: ['GET', 'HEAD'],
  template: '/openapi.json',
  scopes: [],
  path: z.object({}),
  query: z.object({}),
  isValidated: true,
  success: { status: 200, description: 'The document.', content: { type: 'application/json' }, headers: ['ETag', 'Vary', 'Content-Encoding'] },
  problems: [],
  text: {
    tag: 'Service',
    summary: 'Get this document',
    description: 'The OpenAPI 3.1 description of the API. `HEAD` answers the same without its body.',
    query: {},
  },
});
