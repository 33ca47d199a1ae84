import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../offline/paths.ts';
import { measureColdPage } from './coldPage.ts';
import { measureColdStart } from './coldStart.ts';
import { makeTasks, products } from './fixture.ts';
import { measureLoad, measureMemory } from './load.ts';
import { printReport } from './report.ts';
import { startServers } from './servers.ts';
import { measureSigning } from './signing.ts';
import { judge } from './targets.ts';
import { answer, createQuietHandler, measureUnits, measureWarmPage, type PageUnits, type WarmPage } from './warm.ts';

const ROUNDS = { coldStart: 25, signing: 25, warm: 25, coldPages: 40 };
const LOAD_MS = 4000;

const progress = (text: string) => void process.stderr.write(`\r\u001B[K${text}`);

async function machine() {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }; // the project's own
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    version: manifest.version,
    node: process.version,
    cpu: `${cpus().length} × ${cpu?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
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
  const coldStart = await measureColdStart(servers, ROUNDS.coldStart, progress);
  const signing = measureSigning(ROUNDS.signing, progress);
  const warm: Record<string, WarmPage> = {};
  for (const size of [20, 100])
    for (const withSecrets of [false, true]) {
      const name = `${size}${withSecrets ? ' with secrets' : ''}`;
      progress(`warm page of ${name}`);
      warm[name] = await measureWarmPage(servers, handler, 'cert100', size, withSecrets, ROUNDS.warm);
    }
  progress('cold pages');
  const coldPage = await measureColdPage(servers, handler, ROUNDS.coldPages);
  const units: PageUnits[] = [];
  for (const [taskId] of kinds)
    for (const size of [20, 100])
      for (const withSecrets of [false, true]) {
        if (size > Number(/\d+/.exec(taskId)?.[0])) continue;
        units.push(await measureUnits(servers, taskId, size, withSecrets));
      }
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
  const figures = { coldStart, signing, warm, coldPage, units, load, heapMb, whileVendorHangs };
  const results = { machine: await machine(), ...figures, targets: judge(figures) };
  await writeFile(join(root, 'bench', 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  printReport(results);
}

if (!existsSync(join(root, 'bench', 'node_modules'))) {
  console.error('the peers are missing: npm run bench installs them first');
  process.exit(1);
}
await run();
