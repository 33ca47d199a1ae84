import { describe, expect, it } from 'vitest';
import { runSoak } from './soak/runSoak.ts';

describe('a short soak', () => {
  it('breaks no invariant, with a fault in one of ten calls', async () => {
    const summary = await runSoak({ seed: 20_261_124, callers: 4, isOver: (_, calls) => calls >= 400 });
    expect(summary.broken).toEqual([]);
    const countFaults = (name: string) => [...summary.faults].filter(([fault]) => fault.startsWith(name)).length;
    expect(Math.min(countFaults('vendor'), countFaults('table'))).toBeGreaterThan(3);
    const seen = [...summary.answers.keys()].join('\n');
    for (const status of ['200 hit', '200 fwd=miss; stored', '202', '400', '401', '403', '404', '405']) expect(seen).toContain(status);
    expect(summary.readWithoutVendor).toBeGreaterThan(5);
  });
});
