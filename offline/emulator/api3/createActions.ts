import type { RegisteredDevice } from '../register/createProductRegister.ts';
import type { Register } from '../register/createRegister.ts';
import type { RegisteredTask } from '../register/createTaskRegister.ts';
import type { EmulatedDevice } from '../register/entities.ts';
import { Refusal } from './refusal.ts';

/** The parameters of a call, as its JSON body has them. */
export type Params = Readonly<Record<string, unknown>>;

/** One action: takes the call's parameters, gives the fields of its answer, rejects with a `Refusal`. */
export interface Action {
  /** All of them are required, and no others are taken. */
  readonly parameters: readonly string[];
  readonly answer: (params: Params) => Promise<Record<string, unknown>>;
}

const MAX_NAMES = 100;
// Not documented for this action; its siblings take these.
const LIMITS = { min: 10, max: 250 };

const invalid = (name: string) => new Refusal('InvalidParameterValue', `The value of ${name} is not valid.`);

const productNotFound = () => new Refusal('ResourceNotFound.ProductNotExist', 'The product does not exist.');

function readText(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new Refusal('InvalidParameter', `${name} must be a string.`);
  if (value === '') throw invalid(name);
  return value;
}

function readInt(params: Params, name: string, min: number, max: number): number {
  const value = params[name];
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Refusal('InvalidParameter', `${name} must be an integer.`);
  if (value < min || value > max) throw invalid(name);
  return value;
}

function readNames(params: Params): string[] {
  const names: unknown = params['DeviceNames'];
  if (!Array.isArray(names)) throw new Refusal('InvalidParameter', 'DeviceNames must be an array.');
  const texts = names.filter((name): name is string => typeof name === 'string' && /^[a-zA-Z0-9:_-]{1,48}$/.test(name));
  const isLegal = texts.length === names.length && texts.length >= 1 && texts.length <= MAX_NAMES;
  if (!isLegal || new Set(texts).size < texts.length) throw invalid('DeviceNames');
  return texts;
}

function findNamedTask({ tasks }: Register, params: Params): RegisteredTask {
  const found = tasks.findTask(readText(params, 'ProductId'), readText(params, 'TaskId'));
  if (found.kind === 'unknown') throw new Refusal('ResourceNotFound.TaskNotExist', 'The task does not exist.');
  if (found.kind === 'other-product') throw new Refusal('FailedOperation.TaskIDNotMatch', 'The task is of another product.');
  return found.task;
}

function findNamedDevice({ products }: Register, productId: string, params: Params): RegisteredDevice {
  const deviceName = readText(params, 'DeviceName');
  if (products.encryptionOf(productId) === undefined) throw productNotFound();
  const device = products.findDevice(productId, deviceName);
  if (device === undefined) throw new Refusal('ResourceNotFound.DeviceNotExist', 'The device does not exist.');
  return device;
}

/** The vendor's own names in this API. */
function toWire({ deviceName, deviceCert, devicePrivateKey, devicePsk, result, errMsg }: EmulatedDevice): Record<string, unknown> {
  return {
    DeviceName: deviceName,
    DeviceCert: deviceCert ?? '',
    DevicePrivateKey: devicePrivateKey ?? '',
    DevicePsk: devicePsk ?? '',
    Result: result,
    ErrMsg: errMsg ?? '',
  };
}

/** The actions about one device. Source: "Single devices" in tencent-api-3.md. */
function createDeviceActions(register: Register): [string, Action][] {
  const describe = async (params: Params) => {
    const device = findNamedDevice(register, readText(params, 'ProductID'), params);
    const keys = await device.keys();
    return {
      DeviceName: params['DeviceName'],
      Online: 0,
      CreateTime: Math.floor(device.createdAtMs / 1000),
      DeviceCert: 'deviceCert' in keys ? keys.deviceCert : '',
      DevicePsk: 'devicePsk' in keys ? keys.devicePsk : '',
      CertState: device.isKeyFetched ? 1 : 0,
    };
  };
  const describeClientKey = async (params: Params) => {
    const device = findNamedDevice(register, readText(params, 'ProductId'), params);
    const keys = await device.keys();
    if (!('devicePrivateKey' in keys)) throw new Refusal('UnsupportedOperation.WrongProductAuthType', 'The product has no certificates.');
    if (device.isKeyFetched) throw new Refusal('UnsupportedOperation.ClientCertAlreadyGot', 'The key was fetched before.');
    device.isKeyFetched = true;
    return { ClientKey: keys.devicePrivateKey };
  };
  return [
    ['DescribeDevice', { parameters: ['ProductID', 'DeviceName'], answer: describe }], // the capital D is the vendor's
    ['DescribeDeviceClientKey', { parameters: ['ProductId', 'DeviceName'], answer: describeClientKey }],
  ];
}

/** The actions of API 3.0 over the register, by their names. Source: "The trio" in tencent-api-3.md. */
export function createActions(register: Register): ReadonlyMap<string, Action> {
  const create = async (params: Params) => {
    const productId = readText(params, 'ProductId');
    const names = readNames(params);
    if (register.products.encryptionOf(productId) === undefined) throw productNotFound();
    return { TaskId: register.tasks.createTask(productId, names).taskId };
  };
  const describeTask = async (params: Params) => {
    const task = findNamedTask(register, params);
    return { TaskId: task.taskId, TaskStatus: register.tasks.statusOf(task) };
  };
  const describeDevices = async (params: Params) => {
    const offset = readInt(params, 'Offset', 0, Number.MAX_SAFE_INTEGER);
    const limit = readInt(params, 'Limit', LIMITS.min, LIMITS.max);
    const task = findNamedTask(register, params);
    if (register.tasks.statusOf(task) !== 2)
      throw new Refusal('UnauthorizedOperation.CreateMultiDeviceTaskNotFinished', 'The task is not finished.');
    const devices = await task.devices;
    return { TaskId: task.taskId, TotalDevNum: devices.length, DevicesInfo: devices.slice(offset, offset + limit).map(toWire) };
  };
  return new Map<string, Action>([
    ['CreateMultiDevice', { parameters: ['ProductId', 'DeviceNames'], answer: create }],
    ['DescribeMultiDevTask', { parameters: ['ProductId', 'TaskId'], answer: describeTask }],
    ['DescribeMultiDevices', { parameters: ['ProductId', 'TaskId', 'Offset', 'Limit'], answer: describeDevices }],
    ...createDeviceActions(register),
  ]);
}
