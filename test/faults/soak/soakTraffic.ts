import type { Reply } from '../../support/apiGatewayEvent.ts';
import { fullClaims } from '../../support/stack.ts';
import type { Chance } from './random.ts';
import { checkPage, checkReply, checkTask, demand, VENDOR_FAULTS, type PageWish } from './soakChecks.ts';
import { seedTasks, showAnswered, showDevice, type KnownTask } from './soakTruth.ts';
import type { SoakWorld } from './soakWorld.ts';

const MAX_KNOWN = 150;
const products = ['ABCED12345', 'PSK1234567'];
const json = { 'content-type': 'application/json' };

const pathOf = ({ productId, taskId }: KnownTask) => `/v1/products/${productId}/device-tasks/${taskId}`;

export interface TrafficDeps {
  readonly world: SoakWorld;
  readonly chance: Chance;
  /** Before every call to the API. */
  readonly beforeCall: () => Promise<void>;
  readonly onReply: (reply: Reply, tookMs: number) => void;
}

/** Mixed traffic of a few callers; every answer is checked against what the vendor really holds. */
export function createTraffic({ world, chance, beforeCall, onReply }: TrafficDeps) {
  const known: KnownTask[] = [...seedTasks].map((task) => ({ ...task }));
  let serial = 0;

  const send: SoakWorld['send'] = async (path, options) => {
    await beforeCall();
    const startMs = performance.now();
    const reply = await world.send(path, options);
    onReply(reply, performance.now() - startMs);
    return reply;
  };

  const readResults = async (task: KnownTask) => {
    const wasCompleted = await world.truth.load(task);
    const wish: PageWish = {
      page: chance.between(1, 3),
      pageSize: chance.pick([1, 2, 7, 20, 100]),
      withSecrets: chance.isOneIn(3),
      ...(chance.isOneIn(3) ? { status: chance.pick(['created', 'failed'] as const) } : {}),
    };
    const { page, pageSize, status, withSecrets } = wish;
    const query = new URLSearchParams({ page: String(page), pageSize: String(pageSize), ...(status && { status }), ...(withSecrets && { include: 'credentials' }) });
    const reply = await send(`${pathOf(task)}/devices`, { query: query.toString() });
    await world.truth.load(task);
    const asked = withSecrets && reply.status === 200;
    checkReply(reply, [200, ...VENDOR_FAULTS, ...(wasCompleted ? [] : ['task-not-completed'])], asked ? [] : (task.devices ?? []));
    if (reply.status === 200) checkPage(reply, task, wish);
    if (withSecrets) demand(reply.headers['cache-control'] === 'no-store' && reply.headers['etag'] === undefined, 'secrets are not cached', reply.headers);
  };

  const readDevice = async (task: KnownTask) => {
    const wasCompleted = await world.truth.load(task);
    const withSecrets = chance.isOneIn(3);
    const deviceName = chance.pick(['no-such-device', ...(task.devices ?? []).map((device) => device.deviceName)]);
    const reply = await send(`${pathOf(task)}/devices/${deviceName}`, { query: withSecrets ? 'include=credentials' : '' });
    await world.truth.load(task);
    const device = task.devices?.find((one) => one.deviceName === deviceName);
    const others = (task.devices ?? []).filter((one) => one !== device || !withSecrets);
    checkReply(reply, [device === undefined ? 'device-not-found' : 200, ...VENDOR_FAULTS, ...(wasCompleted ? [] : ['task-not-completed'])], others);
    const isTrue = () => device !== undefined && JSON.stringify(showAnswered(reply.json)) === JSON.stringify(showDevice(device, withSecrets));
    if (reply.status === 200) demand(isTrue(), 'one device is told as it is', reply.json);
  };

  const list = async (productId: string) => {
    const reply = await send(`/v1/products/${productId}/device-tasks`, { query: 'pageSize=100' });
    checkReply(reply, [200, 'store-unavailable'], []);
    if (reply.status !== 200) return;
    const tasks = reply.json?.['tasks'] as { taskId: string; createdAt: string }[]; // the list's schema
    demand(new Set(tasks.map(({ taskId }) => taskId)).size === tasks.length, 'a list tells no task twice', tasks);
    const times = tasks.map(({ createdAt }) => createdAt);
    demand(times.join() === times.toSorted().toReversed().join(), 'a list is told from the newest down', times);
  };

  const follow = async (task: KnownTask) => {
    const wasCompleted = await world.truth.load(task);
    const reply = await send(pathOf(task));
    await world.truth.load(task);
    checkReply(reply, [200, ...VENDOR_FAULTS], task.devices ?? []);
    if (reply.status !== 200) return;
    checkTask(reply, task);
    if (wasCompleted) demand(reply.json?.['status'] === 'completed', 'a completed task is not running', reply.json);
  };

  const { countSent } = world;

  const learn = (productId: string, names: readonly string[], reply: Reply) => {
    const taskId = String(reply.json?.['taskId']);
    if (known.every((task) => task.taskId !== taskId)) known.push({ productId, taskId, names });
    if (known.length > MAX_KNOWN) known.splice(seedTasks.length, 1);
  };

  const create = async () => {
    const productId = chance.pick(products);
    serial += 1;
    const names = Array.from({ length: chance.between(1, 6) }, (_, index) => `soak-${serial}-${index}`);
    const [first = ''] = names;
    const key = chance.isOneIn(2) ? undefined : `key-${serial}`;
    const headers = key === undefined ? json : { ...json, 'idempotency-key': key };
    const post = (deviceNames: readonly string[]) =>
      send(`/v1/products/${productId}/device-tasks`, { method: 'POST', headers, body: JSON.stringify({ deviceNames }) });
    const unsent = ['upstream-unavailable', 'upstream-timeout', ...(key === undefined ? [] : ['idempotency-unavailable'])];
    const reply = await post(names);
    checkReply(reply, [202, 'task-creation-unknown', ...unsent], []);
    demand(countSent(first) <= 1, 'no creation is sent twice', { status: reply.status, sent: countSent(first) });
    if (reply.status === 202) {
      demand(countSent(first) === 1 && reply.json?.['totalDevices'] === names.length, 'a creation that is told happened once', reply.json);
      learn(productId, names, reply);
    }
    if (unsent.includes(String(reply.json?.['code']))) demand(countSent(first) === 0, 'nothing was sent where the answer says so', reply.json);
    if (key !== undefined) await repeat(post, names, reply);
    world.forgetSent(first);
  };

  /** The same key again: never a second creation, and the same answer where there was one. */
  const repeat = async (post: (names: readonly string[]) => Promise<Reply>, names: readonly string[], first: Reply) => {
    const wasSent = first.status === 202 || first.json?.['code'] === 'task-creation-unknown';
    const [name = ''] = names;
    if (chance.isOneIn(4)) {
      const other = [`${name}-other`];
      const reply = await post(other);
      if (wasSent) demand(countSent(`${name}-other`) === 0, 'another body under a used key is not sent', reply.json);
      checkReply(reply, [202, 'idempotency-key-reused', 'idempotency-key-in-progress', 'idempotency-unavailable', 'task-creation-unknown', 'upstream-unavailable', 'upstream-timeout'], []);
      demand(reply.status !== 202 || !wasSent, 'another body under a used key is refused', reply.json);
      world.forgetSent(`${name}-other`);
      return;
    }
    const again = await post(names);
    demand(countSent(name) <= 1, 'no creation is sent twice, whatever is repeated', { first: first.json, again: again.json });
    checkReply(again, [202, 'task-creation-unknown', 'idempotency-key-in-progress', 'idempotency-unavailable', 'upstream-unavailable', 'upstream-timeout'], []);
    if (again.status === 202 && first.status === 202) {
      demand(again.json?.['taskId'] === first.json?.['taskId'] && again.headers['idempotency-replayed'] === 'true', 'a repeat gets the first answer', again.json);
    }
    if (first.json?.['code'] === 'task-creation-unknown') demand(again.status !== 202, 'an unknown outcome stays unknown', again.json);
  };

  const sendBad = async (task: KnownTask) => {
    const path = `${pathOf(task)}/devices`;
    const { scope: _, ...scopeless } = fullClaims;
    const post = { method: 'POST', headers: json };
    const creation = `/v1/products/${task.productId}/device-tasks`;
    const [expected, reply] = await chance.pick([
      async () => ['invalid-request', await send(path, { query: chance.pick(['page=0', 'page=1.0', 'pageSize=101', 'colour=red', 'page=1&page=2', 'include=all']) })] as const,
      async () => ['invalid-request', await send(creation, { ...post, body: chance.pick(['{}', '{"deviceNames":[]}', '{"deviceNames":["a","a"]}', '[', '{"deviceNames":["a b"]}']) })] as const,
      async () => ['unauthorized', await send(path, { claims: undefined })] as const,
      async () => ['forbidden', await send(path, { query: 'include=credentials', claims: { ...scopeless, scope: 'devices:read' } })] as const,
      async () => ['forbidden', await send(path, { claims: { ...fullClaims, products: ['OTHER'] } })] as const,
      async () => ['method-not-allowed', await send(path, { method: 'DELETE' })] as const,
      async () => ['route-not-found', await send('/v2/nothing')] as const,
    ])();
    checkReply(reply, [expected], task.devices ?? []);
  };

  const readUnknown = async () => {
    const reply = await send(`/v1/products/${chance.pick(products)}/device-tasks/nosuchtask${chance.between(1, 9)}`);
    checkReply(reply, ['task-not-found', ...VENDOR_FAULTS], []);
  };

  return {
    known: known as readonly KnownTask[],
    /** One step of one caller. @throws BrokenInvariant */
    step: async (): Promise<void> => {
      const roll = chance.next();
      // The newest tasks more often: they are the ones under way.
      const task = chance.isOneIn(2) ? chance.pick(known) : chance.pick(known.slice(-8));
      if (roll < 0.4) await readResults(task);
      else if (roll < 0.48) await readDevice(task);
      else if (roll < 0.5) await list(task.productId);
      else if (roll < 0.7) await follow(task);
      else if (roll < 0.82) await create();
      else if (roll < 0.95) await sendBad(task);
      else await readUnknown();
    },
  };
}

export type Traffic = ReturnType<typeof createTraffic>;
