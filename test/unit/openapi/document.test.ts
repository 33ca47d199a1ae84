import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import document from '../../../docs/openapi.json' with { type: 'json' };
import { problemKinds } from '../../../lib/problemKinds.ts';
import { functions } from '../../../lib/functions/functions.ts';
import { memberTexts, textOf } from '../../../openapi/memberTexts.ts';
import { documentFile, lintDocument, renderDocument } from '../../../scripts/openapi.ts';
import { resolve, validatorOf } from '../../support/contract.ts';

type Json = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ template, method: method.toUpperCase(), operation: operation as Json })),
);

const answers = operations.flatMap(({ operation }) =>
  Object.entries(operation['responses'] as Json).map(([status, answer]) => ({ operationId: String(operation['operationId']), status, answer: resolve(answer) })),
);

/** Every media type of the document, whether asked or answered. */
const media = [
  ...answers.flatMap(({ operationId, status, answer }) =>
    Object.entries((answer['content'] ?? {}) as Json).map(([type, content]) => ({ place: `${operationId} ${status} ${type}`, content: content as Json })),
  ),
  ...operations.flatMap(({ operation }) =>
    isRecord(operation['requestBody'])
      ? Object.entries(operation['requestBody']['content'] as Json).map(([type, content]) => ({ place: `${String(operation['operationId'])} ${type}`, content: content as Json }))
      : [],
  ),
];

describe('docs/openapi.json', () => {
  it('is what the schemas, the routes and the problem catalogue make of it (`npm run openapi`)', async () => {
    expect(await readFile(documentFile, 'utf8')).toBe(await renderDocument());
  });

  it('passes two validators without a warning', async () => {
    expect(await lintDocument(documentFile)).toEqual([]);
  });

  it('would not pass them with a fault in it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'openapi-'));
    const file = join(directory, 'openapi.json');
    await writeFile(file, (await renderDocument()).replace('"operationId": "getHealth"', '"operation": "getHealth"'));
    const faults = await lintDocument(file);
    await rm(directory, { recursive: true });
    expect(faults.join('\n')).toMatch(/error operation-operationId/);
    expect(faults.join('\n')).toMatch(/error schema: .*unevaluatedProperties/);
  });

  it('marks the lists that may grow, each whole', () => {
    const marked: (readonly unknown[])[] = [];
    const visit = (value: unknown) => {
      if (Array.isArray(value)) value.forEach(visit);
      else if (isRecord(value)) {
        if ('x-extensible-enum' in value) marked.push([value['x-extensible-enum'], value['enum']]);
        Object.values(value).forEach(visit);
      }
    };
    visit(document.components.schemas);
    expect(marked.length).toBeGreaterThanOrEqual(3);
    for (const [growing, known] of marked) expect(growing).toEqual(known);
    expect(marked.map(([growing]) => growing)).toContainEqual(Object.keys(problemKinds));
  });

  it('names the form each value of a union means, and what to call next', () => {
    const { DeviceResult, CreatedDevice, FailedDevice } = document.components.schemas;
    expect(DeviceResult.discriminator.mapping).toEqual({ created: '#/components/schemas/CreatedDevice', failed: '#/components/schemas/FailedDevice' });
    expect([CreatedDevice.properties.status.const, FailedDevice.properties.status.const]).toEqual(['created', 'failed']);
    for (const { operation } of operations)
      for (const answer of Object.values(operation['responses'] as Json))
        for (const link of Object.values((resolve(answer)['links'] ?? {}) as Record<string, Json>)) {
          const next = operations.find((other) => other.operation['operationId'] === link['operationId']);
          const names = Array.from(String(next?.template).matchAll(/\{(\w+)\}/g), ([, name]) => name);
          expect(Object.keys(link['parameters'] as Json)).toEqual(names);
        }
  });

  it('stays small on the wire', () => {
    expect(gzipSync(JSON.stringify(document)).length).toBeLessThan(20_000);
  });

  it('has each route once, with its method and its scopes', () => {
    const told = operations.map(({ template, method, operation }) => [operation['operationId'], method, template, operation['security'], operation['x-required-scopes'] ?? []]);
    const known = Object.values(functions).map(({ name, methods: [method], template, scopes }) => [name, method, template, scopes.length === 0 ? [] : [{ bearer: [] }], scopes]);
    expect(told).toEqual(known);
  });

  it('has an example of every problem code, and no code that is not of the catalogue', () => {
    const told = media.filter(({ place }) => place.endsWith('problem+json')).flatMap(({ content }) => Object.keys(content['examples'] as Json));
    expect([...new Set(told)].toSorted()).toEqual(Object.keys(problemKinds).toSorted());
  });

  it('has each problem code under its own status', () => {
    for (const { status, answer } of answers) {
      const content = (answer['content'] ?? {}) as Record<string, { examples?: Json } | undefined>;
      for (const code of Object.keys(content['application/problem+json']?.examples ?? {}))
        expect([code, String(problemKinds[code as keyof typeof problemKinds].status)]).toEqual([code, status]);
    }
  });

  it("has the gateway's own form beside ours on 401, 403, 413, 429 and 5xx", () => {
    const told = answers.filter(({ answer }) => isRecord(answer['content']) && 'application/json' in answer['content'] && 'headers' in answer && 'apigw-requestid' in (answer['headers'] as Json));
    expect([...new Set(told.map(({ status }) => status))].toSorted()).toEqual(['401', '403', '413', '429', '500', '502', '503', '504']);
  });

  it('has only examples that its own schemas take', () => {
    let checked = 0;
    for (const { place, content } of media)
      for (const [name, example] of Object.entries((content['examples'] ?? {}) as Json)) {
        const validate = validatorOf(content['schema']);
        validate(resolve(example)['value']);
        expect([place, name, validate.errors ?? []]).toEqual([place, name, []]);
        checked += 1;
      }
    expect(checked).toBeGreaterThan(50);
  });

  it('has no key in it', async () => {
    const text = await readFile(documentFile, 'utf8');
    for (const block of text.match(/-----BEGIN .*?-----END/g) ?? []) expect(block).toMatch(/^-----BEGIN [A-Z ]+-----\\n…\\n-----END$/);
    expect(text).toContain('BEGIN PRIVATE KEY');
  });

  it('says what each schema and each member means', () => {
    const untold: string[] = [];
    const visit = (schema: Json, path: string) => {
      if (schema['description'] === undefined && schema['$ref'] === undefined && textOf(path) === undefined) untold.push(path);
      for (const [name, member] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>)) visit(member, `${path}.${name}`);
      if (isRecord(schema['items'])) visit(schema['items'], `${path}[]`);
      for (const variant of (schema['oneOf'] ?? []) as Json[]) visit({ description: '', ...variant }, path);
    };
    for (const [name, schema] of Object.entries(document.components.schemas)) visit(schema, name);
    expect(untold).toEqual([]);
  });

  it('says of no schema what is not there', () => {
    const text = JSON.stringify(document.components.schemas);
    for (const words of Object.values(memberTexts)) expect(text).toContain(JSON.stringify(words).slice(1, -1));
  });
});

describe('the query parameters of the document', () => {
  it('are numbers where the wire has their digits, with bounds and defaults', () => {
    const { parameters } = document.paths['/v1/products/{productId}/device-tasks/{taskId}/devices'].get;
    const schemas = parameters.flatMap((parameter) => ('name' in parameter ? [[parameter.name, parameter.schema]] : []));
    expect(Object.fromEntries(schemas)).toEqual({
      page: { type: 'integer', minimum: 1, maximum: 2_147_483_647, default: 1 },
      pageSize: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      status: { type: 'string', enum: ['created', 'failed'] },
      include: { type: 'string', const: 'credentials' },
    });
  });
});
