import { describe, expect, it } from 'vitest';
import { vendorApis } from '../support/vendorApis.ts';
import { runSoak } from './soak/runSoak.ts';

describe.each(vendorApis)('a short soak over $name', (vendorApi) => {
  it('breaks no invariant, with a fault in one of ten calls', async () => {
    const summary = await runSoak({ vendorApi, seed: 20_261_124, callers: 4, isOver: (_, calls) => calls >= 250 });
    expect(summary.broken).toEqual([]);
    const countFaults = (name: string) => [...summary.faults].filter(([fault]) => fault.startsWith(name)).length;
    expect(countFaults('vendor')).toBeGreaterThan(3);
    expect(countFaults('table')).toBeGreaterThan(0);
    const seen = [...summary.answers.keys()].join('\n');
    for (const status of ['200 hit', '200 fwd=miss; stored', '202', '400', '401', '403', '404', '405']) expect(seen).toContain(status);
    expect(summary.readWithoutVendor).toBeGreaterThan(5);
  });
});
