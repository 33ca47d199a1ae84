import { expect, it } from 'vitest';
import { createReadList } from '../../../../lib/deviceTasks/readList.ts';
import { outOfReach } from './fakePorts.ts';

function setUp(readPage: () => Promise<string | undefined>) {
  const faults: string[] = [];
  const readList = createReadList(readPage, (event) => void faults.push(event));
  return { read: () => readList('P', { pageSize: 20 }), faults };
}

it('gives the page', async () => {
  const { read, faults } = setUp(() => Promise.resolve('page'));
  expect([await read(), faults]).toEqual(['page', []]);
});

it('names the cursor if it is not of the list', async () => {
  const { read, faults } = setUp(() => Promise.resolve(undefined));
  await expect(read()).rejects.toMatchObject({ code: 'invalid-request', options: { errors: [{ in: 'query', name: 'cursor', detail: 'is not of this list' }] } });
  expect(faults).toEqual([]);
});

it('tells client and operator that the table is out of reach', async () => {
  const { read, faults } = setUp(outOfReach);
  await expect(read()).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(faults).toEqual(['list-read-failed']);
});
