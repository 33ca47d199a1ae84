import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, joinTrace } from '../../../../lib/http/traceContext.ts';

const hex = (bytes: number) => 'a'.repeat(bytes * 2);
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => /[^0]/.test(text));

describe('joinTrace', () => {
  it("keeps the caller's trace and flags, under a span of its own", () => {
    fc.assert(
      fc.property(digits(32), digits(16), fc.constantFrom('00', '01'), (traceId, parentId, flags) => {
        const trace = joinTrace(`00-${traceId}-${parentId}-${flags}`, hex);
        return trace.traceId === traceId && trace.flags === flags && trace.spanId === hex(8);
      }),
    );
  });

  it('takes a later version with more fields', () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(joinTrace(`01-${traceId}-00f067aa0ba902b7-01-more`, hex).traceId).toBe(traceId);
  });

  it.each([
    undefined,
    '',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0',
    'x00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ])('begins a new trace for %j', (traceparent) => {
    expect(joinTrace(traceparent, hex)).toEqual({ traceId: hex(16), spanId: hex(8), flags: '00' });
  });

  it('is read back by another service from what is sent', () => {
    const trace = joinTrace(undefined);
    expect(joinTrace(formatTraceparent(trace))).toMatchObject({ traceId: trace.traceId, flags: trace.flags });
  });
});
