import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../lib/store/keyWrapper.ts';
import type { ResultStore } from '../../../lib/deviceTasks/ports.ts';
import { createSecret } from '../../../lib/secret.ts';
import { makeDevices } from '../../support/devices.ts';
import { pageOf } from '../../support/pageOf.ts';
import { show, showCut, startStoreFixture, type StoreFixture } from './storeFixture.ts';

const script = new URL('../../support/storeTaskProcess.ts', import.meta.url).pathname;
const wrappingKey = randomBytes(32).toString('base64');
const letters = 'kpfk'.repeat(175);
const [fetchA, fetchB, fetchC] = [makeDevices(letters, 'A'), makeDevices(letters, 'B'), makeDevices(letters, 'C')];
// 35 chunks and as many of secrets are three batches; then the header.
const WRITES_OF_A_SAVE = 4;
// The first and last of each batch; chunk 12, on page 13, lies in one batch and its secrets in the next.
const PAGES = [1, 12, 13, 14, 25, 26, 35];

let fixture: StoreFixture;
let store: ResultStore;
const children: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  fixture = await startStoreFixture();
  store = fixture.storeOver(fixture.call, { wrapper: createLocalKeyWrapper(createSecret(wrappingKey)) });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => fixture.close());

/** A process of its own that stores the task under a tag. */
function startWriter(taskId: string, tag: string, isStepped: boolean) {
  const { place, tableName } = fixture;
  const options = { endpoint: place.endpoint, tableName, taskId, letters, tag, wrappingKey, isStepped };
  const child = spawn(process.execPath, [script, JSON.stringify(options)]);
  children.push(child);
  const exited = once(child, 'exit');
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const waitFor = async (wanted: string) => {
    for (let line = await lines.next(); line.value !== wanted; line = await lines.next())
      if (line.done) throw new Error(`a writer ended before «${wanted}»: ${complaints}`);
  };
  return {
    waitFor,
    /** Lets it do so many writes, and no more, and waits for them. */
    write: async (count: number) => {
      for (let write = 0; write < count; write += 1) {
        child.stdin.write('go\n');
        await waitFor('wrote');
      }
    },
    /** Lets it do so many writes as fast as it can. */
    release: (count: number) => void child.stdin.write('go\n'.repeat(count)),
    kill: async () => {
      child.kill('SIGKILL');
      const [, signal]: unknown[] = await exited;
      expect(signal).toBe('SIGKILL');
    },
    finished: async () => {
      const [code]: unknown[] = await exited;
      expect([code, complaints]).toEqual([0, '']);
    },
  };
}

/** Which fetch each page of a chunk is from, with and without secrets; anything but whole pages of one fetch fails. */
async function readSources(taskId: string) {
  const sources: string[] = [];
  for (const page of PAGES)
    for (const withSecrets of [true, false]) {
      const query = { page, pageSize: 20 };
      const shown = show(query, await pageOf(store.readPage({ productId: 'P', taskId }, query, withSecrets)));
      const source = { absent: 'absent', [showCut(fetchA, query, withSecrets)]: 'A', [showCut(fetchB, query, withSecrets)]: 'B', [showCut(fetchC, query, withSecrets)]: 'C' }[shown];
      expect(source).toBeDefined();
      sources.push(source ?? '');
    }
  return sources;
}

async function expectNextSaveCompletes(taskId: string) {
  await store.save({ productId: 'P', taskId }, fetchC);
  expect(new Set(await readSources(taskId))).toEqual(new Set(['C']));
}

describe('two processes that store the same task, one killed in the middle', () => {
  it('leave the other’s copy whole if that began later', async () => {
    const [a, b] = [startWriter('later', 'A', true), startWriter('later', 'B', true)];
    await a.write(2);
    await b.write(WRITES_OF_A_SAVE);
    await a.kill();
    await b.finished();
    expect(new Set(await readSources('later'))).toEqual(new Set(['B']));
    await expectNextSaveCompletes('later');
  });

  it('leave the other’s copy or nothing, page by page, if their writes alternate', async () => {
    const [a, b] = [startWriter('mixed', 'A', true), startWriter('mixed', 'B', true)];
    await b.write(2);
    await a.write(1);
    await b.write(WRITES_OF_A_SAVE - 2);
    await a.kill();
    await b.finished();
    const sources = await readSources('mixed');
    expect(new Set(sources)).toEqual(new Set(['absent', 'B']));
    await expectNextSaveCompletes('mixed');
  });

  it('leave nothing if both were killed before their headers', async () => {
    const [a, b] = [startWriter('none', 'A', true), startWriter('none', 'B', true)];
    await a.write(2);
    await b.write(WRITES_OF_A_SAVE - 1);
    await a.write(WRITES_OF_A_SAVE - 3);
    await Promise.all([a.kill(), b.kill()]);
    expect(new Set(await readSources('none'))).toEqual(new Set(['absent']));
    await expectNextSaveCompletes('none');
  });

  it('leave whole pages or nothing when both write at once and one is killed as it does', async () => {
    const [a, b] = [startWriter('race', 'A', true), startWriter('race', 'B', false)];
    a.release(WRITES_OF_A_SAVE - 1);
    await a.waitFor('wrote');
    await a.kill();
    await b.finished();
    await readSources('race');
    await expectNextSaveCompletes('race');
  });
});
