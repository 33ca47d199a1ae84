import { describe, expect, it } from 'vitest';
import { explainNotFound } from '../../../../lib/deviceTasks/explainNotFound.ts';
import type { ResultStore } from '../../../../lib/deviceTasks/ports.ts';
import { AppError } from '../../../../lib/errors.ts';
import { makeCreation, makeDevices } from '../../../support/devices.ts';
import { createFakeSource, createFakeStore, makeContext, nowS, outOfReach, ref } from './fakePorts.ts';

const devices = makeDevices('k');
const upstream = { api: 'this one', code: 'NotFound' };
const notFound = new AppError('task-not-found', 'plain', { upstream });

function setUp(readTask: ResultStore['readTask'], fault?: Error) {
  const { source, setFault } = createFakeSource(devices);
  setFault(fault);
  const { store, calls } = createFakeStore({ readTask });
  const faults: string[] = [];
  const explained = explainNotFound({ source, store, reportFault: (event) => void faults.push(event) });
  const read = (call: 'readStatus' | 'readDevices') => explained[call](ref, makeContext());
  return { read, calls, faults };
}

const createdThrough = (api?: string) => () =>
  Promise.resolve({ creation: { ...makeCreation(devices, nowS + 99), ...(api === undefined ? {} : { api }) } });

describe('a task that the vendor does not know', () => {
  it.each(['readStatus', 'readDevices'] as const)('is told to be created through another API, if its creation says so (%s)', async (call) => {
    const { read } = setUp(createdThrough('that one'), notFound);
    await expect(read(call)).rejects.toMatchObject({
      code: 'task-not-found',
      message: "The task was created through the vendor's API that one; API this one, which is called now, does not know it.",
      options: { upstream },
    });
  });

  it.each([
    ['was created through this API', createdThrough('this one')],
    ['was created when no API was noted', createdThrough()],
    ['was not created through this service', () => Promise.resolve({})],
  ])('is plainly not found if it %s', async (_case, readTask) => {
    const { read, calls } = setUp(readTask, notFound);
    await expect(read('readStatus')).rejects.toBe(notFound);
    expect(calls).toEqual(['readTask']);
  });

  it('is plainly not found if the table is out of reach, which is reported', async () => {
    const { read, faults } = setUp(outOfReach, notFound);
    await expect(read('readStatus')).rejects.toBe(notFound);
    expect(faults).toEqual(['cache-read-failed']);
  });
});

it('asks nothing of the table for any other answer', async () => {
  const { read: readWell, calls } = setUp(createdThrough('that one'));
  expect(await readWell('readStatus')).toBe('completed');
  const fault = new AppError('upstream-timeout');
  const { read, calls: callsAfterFault } = setUp(createdThrough('that one'), fault);
  await expect(read('readStatus')).rejects.toBe(fault);
  expect([calls, callsAfterFault]).toEqual([[], []]);
});
