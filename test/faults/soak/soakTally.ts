import type { Reply } from '../../support/apiGatewayEvent.ts';
import { BrokenInvariant } from './soakChecks.ts';

export interface SoakProgress {
  readonly elapsedMs: number;
  readonly calls: number;
  /** Answers by status and `Cache-Status`, or code. */
  readonly answers: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  /** Invariants that were broken, in words. */
  readonly broken: readonly string[];
  /** After a collection, where `--expose-gc` allows one. */
  readonly heapMb: number;
  readonly rssMb: number;
}

const MB = 1024 * 1024;

// The functions' own time-out in `serverless.yml`.
const MAX_ANSWER_MS = 12_000;

/** What a soak has seen so far. */
export function createTally() {
  const startMs = performance.now();
  const answers = new Map<string, number>();
  const broken: string[] = [];
  let [calls, slowestMs] = [0, 0];
  const elapsedMs = () => performance.now() - startMs;
  return {
    elapsedMs,
    calls: () => calls,
    broken: broken as readonly string[],
    break: (what: string) => void broken.push(what),
    onReply: ({ status, json, headers }: Reply, tookMs: number) => {
      const cache = (headers['cache-status'] ?? '').replace(/^iotcloud-rest; /, '').replace(/; ttl=\d+/, '');
      const what = `${status} ${status < 400 ? cache : String(json?.['code'])}`.trim();
      answers.set(what, (answers.get(what) ?? 0) + 1);
      calls += 1;
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > MAX_ANSWER_MS) broken.push(`an answer took ${Math.round(tookMs)} ms: ${what}`);
    },
    /** Does some work; what it throws is a broken invariant. */
    guard: async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        broken.push(error instanceof BrokenInvariant ? error.message : `unexpected: ${String(error)}`);
        return otherwise;
      }
    },
    progress: (): SoakProgress => {
      globalThis.gc?.();
      const { heapUsed, rss } = process.memoryUsage();
      return { elapsedMs: elapsedMs(), calls, answers, slowestMs, broken, heapMb: heapUsed / MB, rssMb: rss / MB };
    },
  };
}

export type Tally = ReturnType<typeof createTally>;
