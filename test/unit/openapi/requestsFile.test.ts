import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { functions } from '../../../lib/functions/functions.ts';
import { findOperation } from '../../support/contract.ts';

const file = new URL('../../../docs/requests.http', import.meta.url);

describe('docs/requests.http', () => {
  it('has every operation, under its name, and nothing the API does not take', async () => {
    const requests = (await readFile(file, 'utf8')).split(/^###.*$/m).slice(1);
    const named: string[] = [];
    for (const request of requests) {
      const [, method = '', target = ''] = /^(GET|POST) \{\{baseUrl\}\}(\S+)$/m.exec(request) ?? [];
      const path = target.replaceAll(/\{\{(\w+)\}\}/g, '$1').split('?')[0] ?? '';
      const operationId = findOperation(method, path)?.['operationId'];
      expect([target, typeof operationId]).toEqual([target, 'string']);
      const [, name = operationId] = /^# @name (\w+)$/m.exec(request) ?? [];
      expect(name).toBe(operationId);
      named.push(String(name));
      const isPublic = functions[operationId as keyof typeof functions].scopes.length === 0; // a function's name, as the document's test holds
      expect([target, request.includes('Authorization: Bearer {{token}}')]).toEqual([target, !isPublic]);
    }
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(functions).toSorted());
  });
});
