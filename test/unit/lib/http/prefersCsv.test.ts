import { expect, it } from 'vitest';
import { prefersCsv } from '../../../../lib/http/prefersCsv.ts';

it.each([
  'text/csv',
  'Text/CSV; header=present',
  'text/*',
  'text/csv, application/json;q=0.9',
  'application/json;q=0.5, text/csv;q=0.6',
  'text/csv, */*;q=0.1',
  'application/json;q=0, */*',
  'text/csv;charset=utf-8;q=0.3, application/json;q=0.2',
])('prefers CSV by %s', (accept) => expect(prefersCsv(accept)).toBe(true));

it.each([
  undefined,
  '',
  '*/*',
  'application/json',
  'application/json, text/csv',
  'text/csv, */*',
  'text/csv;q=0.5, */*;q=0.6',
  'text/csv;q=0',
  'text/csv;q=2',
  'text/*;q=1, text/csv;q=0.1, application/json;q=0.2',
  'text/html, application/xhtml+xml',
  'text/csvx',
])('prefers JSON by %s', (accept) => expect(prefersCsv(accept)).toBe(false));
