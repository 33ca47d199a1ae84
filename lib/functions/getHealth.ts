import * as z from 'zod/mini';
import { defineFunction } from './apiFunction.ts';

export const healthResource = z.object({ status: z.literal('ok'), stage: z.string(), version: z.string() });

export const getHealth = defineFunction({
  name: 'getHealth',
  methods: ['GET', 'HEAD'],
  template: '/v1/health',
  scopes: [],
  path: z.object({}),
  query: z.object({}),
  isValidated: false,
  success: { status: 200, description: 'It runs.', content: { type: 'application/json', schema: healthResource }, headers: [] },
  problems: [],
  text: {
    tag: 'Service',
    summary: 'Check that the service runs',
    description: 'Asks neither the vendor nor the database. `HEAD` answers the same without its body.',
    query: {},
  },
});
