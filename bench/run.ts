import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { emulatorConnection } from '../lib/config.ts';
import { root } from '../tools/paths.ts';
import { createSdkClient } from '../tools/createSdkClient.ts';
import { writeSection } from '../scripts/markedSection.ts';
import { operationsFile, renderOperations } from '../scripts/operations.ts';
import { makeBareRows, writeBareRows } from './bareRows.ts';
import { measureColdPage, type ColdPage } from './coldPage.ts';
import { measureColdStart } from './coldStart.ts';
import { documentFile, renderSections } from './document.ts';
import { COLD_SIZES, makeTasks, products } from './fixture.ts';
import { measureLoad, measureMemory } from './load.ts';
import { measureReadBytes } from './reads.ts';
import { printReport } from './report.ts';
import { startServers } from './servers.ts';
import { measureSigning } from './signing.ts';
import { judge } from './targets.ts';
import { measureReadUnits, measureWriteUnits, readStored, type PageUnits } from './units.ts';
import { answer, createQuietHandler, describePage, measureWarmPage, type PageKind, type WarmPage } from './warm.ts';

const ROUNDS = { coldStart: 25, signing: 25, warm: 25, coldPages: 40 };
const LOAD_MS = 4000;

const WARM_PAGES: readonly PageKind[] = [{ size: 20 }, { size: 20, inGzip: true }, { size: 100 }, { size: 20, withSecrets: true }, { size: 100, withSecrets: true }];
const READ_PAGES: readonly PageKind[] = [{ size: 20 }, { size: 20, inGzip: true }, { size: 20, withSecrets: true }];

const progress = (text: string) => void process.stderr.write(`\r\u001B[K${text}`);

const readJson = async (...path: string[]): Promise<unknown> => JSON.parse(await readFile(join(root, ...path), 'utf8'));

/** `qcloudapi-sdk 0.2.1, …`: the peers as they are installed. */
async function listPeers(): Promise<string> {
  const { dependencies } = (await readJson('bench', 'package.json')) as { dependencies: Record<string, string> }; // npm's form
  const { packages } = (await readJson('bench', 'package-lock.json')) as { packages: Record<string, { version: string }> }; // npm's form
  return Object.keys(dependencies)
    .map((name) => `${name} ${packages[`node_modules/${name}`]?.version}`)
    .join(', ');
}

async function machine() {
  const manifest = (await readJson('package.json')) as { version: string }; // the project's own
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    version: manifest.version,
    node: process.version,
    cpu: `${cpus().length} × ${cpu?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    peers: await listPeers(),
  };
}

async function run() {
  progress('making RSA keys and tasks');
  const servers = await startServers(products, await makeTasks(ROUNDS.coldPages));
  const handler = createQuietHandler(servers);
  const kinds = [
    ['cert20', 'CERT000001'],
    ['cert100', 'CERT000001'],
    ['psk20', 'PSK0000001'],
    ['psk100', 'PSK0000001'],
  ] as const;
  for (const [taskId, productId] of kinds) await answer(handler, productId, taskId, '');
  const client = createSdkClient(emulatorConnection(servers.databaseEndpoint));
  const bareRows = async (taskId: string) => makeBareRows(taskId, await readStored(servers, taskId));
  for (const taskId of ['cert20', 'cert100']) await writeBareRows(client, await bareRows(taskId));
  client.destroy();
  const coldStart = await measureColdStart(servers, ROUNDS.coldStart, progress);
  const signing = measureSigning(ROUNDS.signing, progress);
  const warm: Record<string, WarmPage> = {};
  for (const page of WARM_PAGES) {
    const { name } = describePage(page);
    progress(`warm page of ${name}`);
    warm[name] = await measureWarmPage(servers, handler, 'cert100', page, ROUNDS.warm);
  }
  const coldPages: Record<string, ColdPage> = {};
  for (const size of COLD_SIZES) {
    progress(`cold pages of tasks of ${size}`);
    coldPages[size] = await measureColdPage(servers, handler, await bareRows(`cert${size}`), size, ROUNDS.coldPages);
  }
  const units: PageUnits[] = [];
  for (const [taskId] of kinds)
    for (const size of [20, 100])
      for (const withSecrets of [false, true]) {
        if (size > Number(/\d+/.exec(taskId)?.[0])) continue;
        units.push(await measureReadUnits(servers, taskId, size, { withSecrets }));
      }
  units.push(await measureReadUnits(servers, 'cert100', 20, { status: 'created' }));
  const writes = [];
  for (const [taskId] of kinds) writes.push(await measureWriteUnits(servers, taskId));
  const reads = [];
  for (const page of READ_PAGES) reads.push(await measureReadBytes(servers, 'cert100', page));
  const load = [];
  for (const clients of [1, 10, 100]) {
    progress(`load of ${clients}`);
    load.push(await measureLoad(handler, clients, LOAD_MS));
  }
  progress('memory');
  const heapMb = await measureMemory(handler, 5, LOAD_MS);
  progress('stored reads while the vendor hangs');
  servers.freezeVendor();
  const coldReads = Array.from({ length: 10 }, (_, index) => answer(handler, 'CERT000001', `unknown${index}`, '').catch(() => undefined));
  const whileVendorHangs = await measureLoad(handler, 10, LOAD_MS);
  servers.thawVendor();
  await Promise.all(coldReads);
  servers.close();
  progress('');
  const figures = { coldStart, signing, warm, coldPages, units, writes, reads };
  const results = { machine: await machine(), ...figures, load, heapMb, whileVendorHangs, targets: judge(figures) };
  await writeFile(join(root, 'bench', 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  for (const [section, text] of Object.entries(renderSections(results))) writeSection(documentFile, section, text);
  for (const [section, text] of Object.entries(await renderOperations(results))) writeSection(operationsFile, section, text);
  printReport(results);
}

if (!existsSync(join(root, 'bench', 'node_modules'))) {
  console.error('the peers are missing: npm run bench installs them first');
  process.exit(1);
}
await run();
