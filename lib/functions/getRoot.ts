import * as z from 'zod/mini';
import { defineFunction } from './apiFunction.ts';

export const getRoot = defineFunction({
  name: 'getRoot',
  methods: ['GET'],
  template: '/',
  scopes: [],
  path: z.object({}),
  query: z.object({}),
  isValidated: false,
  success: { status: 302, description: 'The reference is elsewhere.', headers: ['Location'] },
  problems: [],
  text: { tag: 'Service', summary: 'Find the reference', description: 'Leads to `/docs`, below the same base path.', query: {} },
});
