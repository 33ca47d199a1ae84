import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { root } from '../tools/paths.ts';
import { buildFunctions } from '../tools/buildFunctions.ts';
import { bareKey } from './bareRows.ts';
import { resultsEvent } from './fixture.ts';
import type { Servers } from './servers.ts';
import { ratio, summarize, type Summary } from './stats.ts';

const run = promisify(execFile);
const PEERS = ['bare', 'starter', 'tencent'] as const;
type Variant = 'ours' | (typeof PEERS)[number];

interface Figures {
  readonly importMs: number;
  readonly firstCallMs: number;
  readonly totalMs: number;
  readonly statusCode: number;
}

export interface ColdStart {
  readonly bundleKb: Record<Variant, number>;
  readonly importMs: Record<Variant, Summary>;
  readonly firstCallMs: Record<Variant, Summary>;
  readonly totalMs: Record<Variant, Summary>;
  readonly totalToStarter: Summary;
  readonly totalToTencent: Summary;
  readonly importToStarter: Summary;
}

async function buildPeers(outDir: string): Promise<Record<Variant, string>> {
  await buildFunctions(join(outDir, 'ours'));
  // As starters bundle: minified, for Node, defaults otherwise.
  await build({
    entryPoints: PEERS.map((peer) => join(root, 'bench', 'peers', `${peer}.js`)),
    outdir: outDir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    nodePaths: [join(root, 'bench', 'node_modules')],
    logLevel: 'error',
  });
  const peer = (name: string) => join(outDir, `${name}.cjs`);
  return { ours: join(outDir, 'ours', 'getDeviceResults.js'), bare: peer('bare'), starter: peer('starter'), tencent: peer('tencent') };
}

async function startStub() {
  const stub = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json').end('{"Response":{"RequestId":"x","TotalDevNum":0,"DevicesInfo":[]}}');
  }).listen(0, '127.0.0.1');
  await once(stub, 'listening');
  return { url: `http://127.0.0.1:${(stub.address() as AddressInfo).port}`, close: () => stub.close() }; // a TCP server
}

/** Fresh processes, one of each kind a round: from start to the first answer. */
export async function measureColdStart(servers: Servers, rounds: number, progress: (text: string) => void): Promise<ColdStart> {
  const outDir = await mkdtemp(join(tmpdir(), 'bench-'));
  const stub = await startStub();
  const bundles = await buildPeers(outDir);
  const variants = Object.keys(bundles) as Variant[]; // its own keys
  const event = JSON.stringify(resultsEvent('CERT000001', 'cert20', ''));
  const env = { ...process.env, ...servers.environment, BENCH_STUB: stub.url, BENCH_PK: bareKey('cert20') };
  const samples: Record<Variant, Figures[]> = { ours: [], bare: [], starter: [], tencent: [] };
  for (let number = 0; number < rounds; number += 1) {
    progress(`cold start ${number + 1}/${rounds}`);
    for (const variant of variants) {
      const { stdout } = await run(process.execPath, [join(root, 'bench', 'coldChild.cjs'), bundles[variant], event], { env });
      const figures = JSON.parse(stdout) as Figures; // the child's own line
      if (figures.statusCode !== 200) throw new Error(`${variant} answered ${figures.statusCode}`);
      samples[variant].push(figures);
    }
  }
  const sizes = await Promise.all(variants.map(async (variant) => [variant, Math.round((await stat(bundles[variant])).size / 1024)]));
  stub.close();
  await rm(outDir, { recursive: true });
  const of = (name: keyof Figures, variant: Variant) => samples[variant].map((figures) => figures[name]);
  const each = (name: keyof Figures) =>
    Object.fromEntries(variants.map((variant) => [variant, summarize(of(name, variant))])) as Record<Variant, Summary>; // every variant
  return {
    bundleKb: Object.fromEntries(sizes) as Record<Variant, number>, // every variant
    importMs: each('importMs'),
    firstCallMs: each('firstCallMs'),
    totalMs: each('totalMs'),
    totalToStarter: ratio(of('totalMs', 'ours'), of('totalMs', 'starter')),
    totalToTencent: ratio(of('totalMs', 'ours'), of('totalMs', 'tencent')),
    importToStarter: ratio(of('importMs', 'ours'), of('importMs', 'starter')),
  };
}
