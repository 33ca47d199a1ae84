import { presentPage } from '../../../lib/deviceTasks/resources.ts';
import { demand } from './soakChecks.ts';
import { showAnswered, showDevice, type KnownTask } from './soakTruth.ts';
import type { SoakWorld } from './soakWorld.ts';
import { pageOf } from '../../support/pageOf.ts';

const everything = { page: 1, pageSize: 100 };

/** A stored task is what the vendor holds, secrets included. @returns whether it is stored whole */
async function checkStored(world: SoakWorld, task: KnownTask): Promise<boolean> {
  const page = await pageOf(world.directStore.readPage(task, everything, true));
  if (page === undefined) return false;
  demand(await world.truth.isCompleted(task), 'only completed tasks of the vendor are stored', task);
  await world.truth.load(task);
  const stored = presentPage(task, everything, page).devices.map(showAnswered);
  const held = (task.devices ?? []).map((device) => showDevice(device, true));
  demand(JSON.stringify(stored) === JSON.stringify(held), 'nothing is stored that the vendor does not hold', { ...task, devices: held.length });
  return true;
}

/** @returns those of the tasks that are stored whole */
export async function checkStoredTasks(world: SoakWorld, tasks: readonly KnownTask[]): Promise<KnownTask[]> {
  const whole: KnownTask[] = [];
  for (const task of tasks) if (await checkStored(world, task)) whole.push(task);
  return whole;
}

/** Every header of the table is one of a completed task of the vendor; so many of them are read as well. */
export async function checkWholeStore(world: SoakWorld, atMost: number): Promise<KnownTask[]> {
  const tasks = (await world.scanHeaders()).map((header): KnownTask => {
    const [, , productId = '', taskId = ''] = (header['pk']?.S ?? '').split('#');
    return { productId, taskId };
  });
  for (const task of tasks) demand(await world.truth.isCompleted(task), 'only completed tasks of the vendor are stored', task);
  return checkStoredTasks(world, tasks.slice(-atMost));
}

/** With the vendor stopped, every stored task is read as before. */
export async function checkWithoutVendor(world: SoakWorld, stored: readonly KnownTask[]): Promise<number> {
  world.vendor.fail('refuse');
  for (const { productId, taskId } of stored) {
    const reply = await world.send(`/v1/products/${productId}/device-tasks/${taskId}/devices`);
    const isHit = reply.status === 200 && reply.headers['cache-status']?.includes('hit') === true;
    demand(isHit, 'what is stored is served without the vendor', reply.json);
  }
  await world.vendor.heal();
  return stored.length;
}
