import * as z from 'zod/mini';
import { deviceBatchCreation, deviceBatchListResource, deviceBatchPageResource, deviceBatchResource } from '../lib/deviceBatches/resources.ts';
import { batchDeviceResource, deviceResultResource, pendingDevice, unknownDevice } from '../lib/deviceTasks/device.ts';
import { deviceResultPageResource, deviceTaskCreation, deviceTaskListResource, deviceTaskResource, listedTaskResource } from '../lib/deviceTasks/resources.ts';
import { problemCodes } from '../lib/errors.ts';
import { healthResource } from '../lib/functions/getHealth.ts';
import { textOf } from './memberTexts.ts';

/** A piece of the OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

const inputFault = z.object({
  in: z.enum(['query', 'path', 'header', 'body']),
  name: z.optional(z.string()),
  pointer: z.optional(z.string()),
  line: z.optional(z.int()),
  detail: z.string(),
});

/** What `toProblemAnswer` makes; the contract tests hold the two together. */
const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int().check(z.minimum(400), z.maximum(599)),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(problemCodes),
  requestId: z.string(),
  retryable: z.boolean(),
  errors: z.optional(z.array(inputFault)),
  upstream: z.optional(
    z.object({
      api: z.string(),
      code: z.union([z.int(), z.string()]),
      moduleCode: z.optional(z.int()),
      codeDesc: z.optional(z.string()),
      requestId: z.optional(z.string()),
    }),
  ),
  taskStatus: z.optional(z.enum(['pending', 'running'])),
});

/** API Gateway's own form, which cannot be changed. */
const gatewayError = z.object({ message: z.string() });

const [createdDevice, failedDevice] = deviceResultResource.def.options;
const credentials = createdDevice.shape.credentials.def.innerType;
const [certificateCredentials, pskCredentials] = credentials.def.options;

/** The named schemas of the document: each form of a union has a name, which generated clients take over. */
const components = {
  DeviceTaskCreation: deviceTaskCreation,
  DeviceBatchCreation: deviceBatchCreation,
  DeviceTask: deviceTaskResource,
  ListedDeviceTask: listedTaskResource,
  DeviceTaskList: deviceTaskListResource,
  DeviceBatch: deviceBatchResource,
  DeviceResult: deviceResultResource,
  CreatedDevice: createdDevice,
  FailedDevice: failedDevice,
  DeviceCredentials: credentials,
  CertificateCredentials: certificateCredentials,
  PskCredentials: pskCredentials,
  DeviceResultPage: deviceResultPageResource,
  BatchDevice: batchDeviceResource,
  PendingDevice: pendingDevice,
  UnknownDevice: unknownDevice,
  DeviceBatchPage: deviceBatchPageResource,
  DeviceBatchList: deviceBatchListResource,
  Health: healthResource,
  Problem: problem,
  GatewayError: gatewayError,
} as const;

/** Unions whose form is told by one member, with the form that each of its values means. */
const discriminators: Readonly<Partial<Record<SchemaName, { propertyName: string; forms: Readonly<Record<string, SchemaName>> }>>> = {
  DeviceResult: { propertyName: 'status', forms: { created: 'CreatedDevice', failed: 'FailedDevice' } },
  BatchDevice: {
    propertyName: 'status',
    forms: { created: 'CreatedDevice', failed: 'FailedDevice', pending: 'PendingDevice', unknown: 'UnknownDevice' },
  },
  DeviceCredentials: { propertyName: 'type', forms: { certificate: 'CertificateCredentials', psk: 'PskCredentials' } },
};

/** Lists of codes that may grow within version 1. */
const GROWING = new Set(['Problem.code', 'FailedDevice.error.code', 'DeviceTask.status', 'DeviceBatch.status']);

export type SchemaName = keyof typeof components;

export const schemaRef = (name: SchemaName): Json => ({ $ref: `#/components/schemas/${name}` });

/** Refers to a schema by its name. @throws if it has none */
export function refOf(schema: z.ZodMiniType): Json {
  const [name] = Object.entries(components).find(([, component]) => component === schema) ?? [];
  if (name === undefined) throw new Error('a schema has no name in openapi/schemas.ts');
  return schemaRef(name as SchemaName); // a key of `components`
}

type MutableJson = Record<string, unknown>;

const isRecord = (value: unknown): value is MutableJson => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What zod says of its own limits, not of ours, is left out; so is `additionalProperties` on answers: they may grow. */
function tidy(schema: MutableJson, isAnswer: boolean): void {
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['format'] === 'date-time') delete schema['pattern'];
  if (isAnswer) delete schema['additionalProperties'];
  delete schema['$schema'];
  delete schema['$id'];
}

/** Visits a schema and all schemas in it, with the path of members that leads there. */
function walk(schema: unknown, path: string, visit: (schema: MutableJson, path: string) => void): void {
  if (!isRecord(schema)) return;
  visit(schema, path);
  if (isRecord(schema['properties']))
    for (const [name, member] of Object.entries(schema['properties'])) walk(member, `${path}.${name}`, visit);
  walk(schema['items'], `${path}[]`, visit);
  if (Array.isArray(schema['oneOf'])) for (const [index, variant] of schema['oneOf'].entries()) walk(variant, `${path}|${index}`, visit);
  // The types a scalar may have: no text but that of the member itself.
  if (Array.isArray(schema['anyOf'])) for (const [index, variant] of schema['anyOf'].entries()) walk(variant, `${path}|any${index}`, visit);
}

/** The `components.schemas` of the document. */
export function buildSchemas(): Record<SchemaName, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'output' });
  for (const [name, schema] of Object.entries(schemas))
    walk(schema, name, (part, path) => {
      tidy(part, !name.endsWith('Creation'));
      // No JSON Schema shows in what order zod checks names; that they are unique it can say.
      if (path.endsWith('Creation.deviceNames')) part['uniqueItems'] = true;
      if (GROWING.has(path)) Object.assign(part, { 'x-extensible-enum': part['enum'] });
      const text = textOf(path.replaceAll(/\|\d/g, ''));
      if (text !== undefined && !('$ref' in part)) part['description'] = text;
    });
  for (const [name, { propertyName, forms }] of Object.entries(discriminators)) {
    const mapping = Object.fromEntries(Object.entries(forms).map(([value, form]) => [value, String(schemaRef(form)['$ref'])]));
    Object.assign(schemas[name] ?? {}, { discriminator: { propertyName, mapping } });
  }
  return schemas;
}

/** The schemas of query parameters by their meaning: on the wire each is a string. */
export function buildQuerySchemas(query: z.ZodMiniObject): Record<string, Json> {
  const schema = z.toJSONSchema(query, { io: 'output' });
  walk(schema, '', (part) => tidy(part, false));
  return (schema.properties ?? {}) as Record<string, Json>; // zod's type allows the boolean schemas it never makes here
}
