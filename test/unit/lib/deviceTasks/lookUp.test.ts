import { describe, expect, it, vi } from 'vitest';
import { lookUp } from '../../../../lib/deviceTasks/lookUp.ts';
import type { ReportFault } from '../../../../lib/deviceTasks/ports.ts';

describe('lookUp', () => {
  it('tells found, absent and unreachable apart, and reports only the last', async () => {
    const report = vi.fn<ReportFault>();
    const fault = new Error('out of reach');
    expect(await lookUp(() => Promise.resolve(0), report)).toEqual({ kind: 'found', value: 0 });
    expect(await lookUp(() => Promise.resolve(undefined), report)).toEqual({ kind: 'absent' });
    expect(report).not.toHaveBeenCalled();
    expect(await lookUp(() => Promise.reject(fault), report)).toEqual({ kind: 'unreachable' });
    expect(report.mock.calls).toEqual([['cache-read-failed', fault]]);
  });
});
