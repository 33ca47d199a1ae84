import type { LambdaHandler } from '../lib/http/createHandler.ts';
import { answer } from './warm.ts';

export interface LoadFigures {
  readonly clients: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TASKS = ['cert20', 'cert100'];

/** One process under a number of clients, each asking again as soon as it is answered. */
export async function measureLoad(handler: LambdaHandler, clients: number, durationMs: number): Promise<LoadFigures> {
  const latencies: number[] = [];
  const untilMs = performance.now() + durationMs;
  const client = async (number: number) => {
    for (let call = number; performance.now() < untilMs; call += 1) {
      const startedMs = performance.now();
      await answer(handler, 'CERT000001', TASKS[call % TASKS.length] ?? '', '');
      latencies.push(performance.now() - startedMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const seconds = (performance.now() - startedMs) / 1000;
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { clients, perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Heap after garbage collection, in MB, at the start and after each slice of steady load. */
export async function measureMemory(handler: LambdaHandler, slices: number, sliceMs: number): Promise<number[]> {
  const heapMb = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const series = [heapMb()];
  for (let slice = 0; slice < slices; slice += 1) {
    await measureLoad(handler, 10, sliceMs);
    series.push(heapMb());
  }
  return series;
}

