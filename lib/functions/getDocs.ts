import * as z from 'zod/mini';
import { defineFunction } from './apiFunction.ts';

export const getDocs = defineFunction({
  name: 'getDocs',
  methods: ['GET', 'HEAD'],
  template: '/docs',
  scopes: [],
  path: z.object({}),
  query: z.object({}),
  isValidated: true,
  success: { status: 200, description: 'The page.', content: { type: 'text/html; charset=utf-8' }, headers: ['ETag', 'Vary', 'Content-Encoding'] },
  problems: [],
  text: {
    tag: 'Service',
    summary: 'Read the reference',
    description: 'This reference as a page, to read and to try the API from. `HEAD` answers the same without its body.',
    query: {},
  },
});
