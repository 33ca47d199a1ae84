import { presentBatch, presentBatchList, presentBatchPage, type Batch, type BatchPart } from '../lib/deviceBatches/batch.ts';
import { presentCreatedTask, presentPage, presentTask, presentTaskList } from '../lib/deviceTasks/resources.ts';
import { formatCsvResults } from '../lib/deviceBatches/csvResults.ts';
import type { FunctionName } from '../lib/functions/functions.ts';
import { presentBatchDevice, presentDevice, type BatchDevice, type Device } from '../lib/deviceTasks/device.ts';
import { createSecret } from '../lib/secret.ts';
import type { Json } from './schemas.ts';

const productId = 'ABCED12345';
const taskId = 'abcdedf123456789';
const tasksPath = `/v1/products/${productId}/device-tasks`;
const taskPath = `${tasksPath}/${taskId}`;
const batchId = '01a20cff-7d00-7c3e-8f2b-6d1a0e9c4b57';
const batchesPath = `/v1/products/${productId}/device-batches`;

/** The sample task of the vendor's document (GetMultiDevices), which the offline stage holds too. */
export const EXAMPLE = {
  productId,
  taskId,
  tasksPath,
  taskPath,
  deviceName: 'test_device1',
  devicesPath: `${taskPath}/devices`,
  batchId,
  batchesPath,
  batchPath: `${batchesPath}/${batchId}`,
  requestId: '4e1243bd-22c6-4f0a-9f4c-1d2c9a1f0b7e',
  etag: '"mB3nQ1vK0pT7xW2zLr8sYc4uHd6"',
} as const;

const ref = { productId, taskId };
const createdAtS = Date.UTC(2026, 10, 24, 10) / 1000;
const expiresAtS = Date.UTC(2026, 11, 24, 10) / 1000;

// Shortened: the shape of the vendor's sample, with no key in it.
const certificate = '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n';
const privateKey = '-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n';
// The vendor's own published sample.
const psk = 's/GiL8XZ7f/bWvQIuKjMoQ==';

const failed: Device = {
  deviceName: 'test_device2',
  status: 'failed',
  error: { code: 'device-name-exists', legacyCode: 2001 },
};

function page(created: Device): Json {
  return presentPage(ref, { page: 1, pageSize: 20 }, { devices: [created, failed], totalItems: 2, totalPages: 1 });
}

const created = (credentials: Extract<Device, { status: 'created' }>['credentials']): Device => ({
  deviceName: EXAMPLE.deviceName,
  status: 'created',
  ...(credentials === undefined ? {} : { credentials }),
});

const counts = { totalDevices: 2, createdDevices: 1, failedDevices: 1 };

const life = { createdAtS, expiresAtS };
const partOf = (deviceName: string, state: BatchPart['state']): BatchPart => ({ number: 0, deviceNames: [deviceName], ...life, state, revision: '' });
const queued = { state: 'queued', dueAtMs: 0, waits: 0 } as const;
const settled = (statuses: string) => ({ state: 'done', doneAtMs: (createdAtS + 8) * 1000, statuses }) as const;

/** A batch of a few devices; a batch of 10,000 looks the same. */
function batchOf(states: readonly BatchPart['state'][], retryOf?: string): Batch {
  const parts = states.map((state, index) => partOf(`test_device${index + 1}`, state));
  const header = { ...life, totalDevices: parts.length, namesHash: '', ...(retryOf === undefined ? {} : { retryOf }) };
  return { ref: { productId, batchId }, header, parts };
}

const batch = (states: readonly BatchPart['state'][], retryOf?: string): Json => presentBatch(batchOf(states, retryOf));

const batchDevices: readonly BatchDevice[] = [
  created({ type: 'certificate', certificate }),
  failed,
  { deviceName: 'test_device3', status: 'pending' },
  { deviceName: 'test_device4', status: 'unknown' },
];

const batchPage = (devices: readonly BatchDevice[]): Json =>
  presentBatchPage({ productId, batchId }, { page: 1, pageSize: 100 }, { devices, totalItems: devices.length, totalPages: 1 });

/** Examples of what is asked and answered, made by what makes the answers themselves. */
export const examples = {
  creation: { summary: 'Two devices', value: { deviceNames: ['test_device1', 'test_device2'] } },
  creationAsCsv: { summary: 'Two devices, as CSV', value: 'deviceName\r\ntest_device1\r\ntest_device2\r\n' },
  createdTask: { summary: 'Accepted', value: presentCreatedTask(productId, { taskId, totalDevices: 2, createdAtS, expiresAtS }) },
  runningTask: { summary: 'Under way', value: presentTask(ref, { status: 'running', totalDevices: 2, createdAtS, expiresAtS }) },
  completedTask: { summary: 'Completed', value: presentTask(ref, { status: 'completed', ...counts, createdAtS, expiresAtS }) },
  taskList: {
    summary: 'One that is completed, one to follow',
    value: presentTaskList(productId, [
      { taskId: 'fbcdedf123456780', totalDevices: 100, createdAtS: createdAtS + 60, expiresAtS: expiresAtS + 60 },
      { taskId, totalDevices: 2, createdAtS, expiresAtS, completed: { ...counts, expiresAtS, fetchId: '' } },
    ]),
  },
  results: {
    summary: 'Without secrets',
    value: page(created({ type: 'certificate', certificate })),
  },
  resultsWithCertificate: {
    summary: 'include=credentials, asymmetric',
    value: page(created({ type: 'certificate', certificate, privateKey: createSecret(privateKey) })),
  },
  resultsWithPsk: {
    summary: 'include=credentials, symmetric',
    value: page(created({ type: 'psk', psk: createSecret(psk) })),
  },
  device: { summary: 'Without secrets', value: presentDevice(created({ type: 'certificate', certificate })) },
  deviceWithPsk: { summary: 'include=credentials, symmetric', value: presentDevice(created({ type: 'psk', psk: createSecret(psk) })) },
  failedDevice: { summary: 'Could not be created', value: presentDevice(failed) },
  acceptedBatch: { summary: 'Accepted', value: batch([queued, queued]) },
  runningBatch: { summary: 'Under way', value: batch([settled('c'), settled('f'), queued]) },
  completedBatch: { summary: 'Completed', value: batch([settled('c'), settled('c'), settled('f')]) },
  cancelledBatch: { summary: 'One device was not sent yet', value: batch([settled('c'), settled('r')]) },
  retryBatch: { summary: 'The failures of another batch', value: batch([queued], '01a20cfb-e940-7d2a-9c11-0f4b7a5e6d83') },
  batchList: { summary: 'One that is under way', value: presentBatchList([batchOf([settled('c'), settled('f'), queued])]) },
  batchResults: { summary: 'Without secrets, of each status one', value: batchPage(batchDevices) },
  batchResultsWithPsk: { summary: 'include=credentials, symmetric', value: batchPage([created({ type: 'psk', psk: createSecret(psk) })]) },
  batchResultsAsCsv: { summary: 'As CSV', value: formatCsvResults(batchDevices.map(presentBatchDevice), false) },
  pendingDevice: { summary: 'Not settled yet', value: { deviceName: EXAMPLE.deviceName, status: 'pending' } },
  health: { summary: 'It runs', value: { status: 'ok', stage: 'dev', version: '0.1.0' } },
} satisfies Record<string, { summary: string; value: Json | string }>;

type ExampleName = keyof typeof examples;

export interface FunctionExamples {
  readonly body?: ExampleName;
  readonly csvBody?: ExampleName;
  readonly success: readonly ExampleName[];
  readonly csv?: ExampleName;
}

/** Which of them each function is asked and answers with. */
export const functionExamples: Partial<Record<FunctionName, FunctionExamples>> = {
  createDeviceTask: { body: 'creation', success: ['createdTask'] },
  listDeviceTasks: { success: ['taskList'] },
  getDeviceTask: { success: ['completedTask', 'runningTask'] },
  getDeviceResults: { success: ['results', 'resultsWithCertificate', 'resultsWithPsk'] },
  getTaskDevice: { success: ['device', 'deviceWithPsk', 'failedDevice'] },
  createDeviceBatch: { body: 'creation', csvBody: 'creationAsCsv', success: ['acceptedBatch'] },
  getDeviceBatch: { success: ['completedBatch', 'runningBatch'] },
  listDeviceBatches: { success: ['batchList'] },
  getDeviceBatchResults: { success: ['batchResults', 'batchResultsWithPsk'], csv: 'batchResultsAsCsv' },
  getBatchDevice: { success: ['device', 'deviceWithPsk', 'failedDevice', 'pendingDevice'] },
  cancelDeviceBatch: { success: ['cancelledBatch'] },
  retryDeviceBatch: { success: ['retryBatch'] },
  getHealth: { success: ['health'] },
};
