import { describe, expect, it } from 'vitest';
import type { PartState } from '../../../../lib/deviceBatches/part.ts';
import { CLAIM_MS, takeStep, type LookOutcome, type SendOutcome } from '../../../../lib/deviceBatches/partSteps.ts';

const createdAtMs = Date.UTC(2026, 10, 24, 10);
const HOUR_MS = 60 * 60_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const at = (afterMs: number, random = 0) => ({ nowMs: createdAtMs + afterMs, random, createdAtMs, size: 3 });

const queued = { state: 'queued', dueAtMs: createdAtMs, waits: 0 } as const;
const sending = { state: 'sending', dueAtMs: createdAtMs + CLAIM_MS, waits: 0, claimId: 'mine', isCancelled: false } as const;
const waiting = { state: 'waiting', dueAtMs: createdAtMs + 2000, waits: 0, looks: 0, taskId: 'T' } as const;
const message = { kind: 'message', claimId: 'mine' } as const;
const sent = (outcome: SendOutcome, claimId = 'mine') => ({ kind: 'sent', claimId, outcome }) as const;
const looked = (outcome: LookOutcome) => ({ kind: 'looked', taskId: 'T', outcome }) as const;
const done = (rest: object) => ({ state: 'done', doneAtMs: expect.any(Number), ...rest });

describe('a message about a part', () => {
  it('claims a queued part and has it sent', () => {
    expect(takeStep(queued, message, at(0))).toEqual({ next: sending, act: 'send' });
  });

  it('has a waiting part looked at, without a write', () => {
    expect(takeStep(waiting, message, at(2000))).toEqual({ act: 'look' });
  });

  it.each([
    ['a part that waits for the vendor to come back', { ...queued, dueAtMs: createdAtMs + 60_000 }],
    ['a part that is being sent', sending],
    ['a part whose next look is not due', { ...waiting, dueAtMs: createdAtMs + 30_000 }],
  ])('that comes too early for %s is a stray', (_what, part: PartState) => {
    expect(takeStep(part, message, at(0))).toEqual({});
  });

  it('finds a part unknown whose sender is dead', () => {
    expect(takeStep(sending, message, at(CLAIM_MS - 1))).toEqual({});
    expect(takeStep(sending, message, at(CLAIM_MS))).toEqual({ next: done({ statuses: 'uuu' }), message: { step: 'complete', delayS: 0 } });
  });

  it('says again that a part is done: whoever ended it may have died before', () => {
    const part = { state: 'done', doneAtMs: createdAtMs, statuses: 'ccc', taskId: 'T' } as const;
    expect(takeStep(part, message, at(0))).toEqual({ message: { step: 'complete', delayS: 0 } });
  });

  it('gives up after a week what could not be sent', () => {
    expect(takeStep(queued, message, at(WEEK_MS - 1)).act).toBe('send');
    expect(takeStep(queued, message, at(WEEK_MS)).next).toEqual(done({ statuses: 'rrr', error: { code: 'not-sent' } }));
  });
});

describe('a part that was sent', () => {
  it('is looked at two seconds after it was created', () => {
    expect(takeStep(sending, sent({ kind: 'created', taskId: 'T' }), at(0))).toEqual({ next: waiting, message: { step: 'part', delayS: 2 } });
  });

  it('waits longer each time the vendor turns it away, up to a minute', () => {
    let part: PartState = sending;
    const delays: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const step = takeStep(part, sent({ kind: 'not-now' }), at(0, 0.999));
      delays.push(step.message?.delayS ?? 0);
      expect(step.next).toEqual({ state: 'queued', dueAtMs: createdAtMs + (step.message?.delayS ?? 0) * 1000, waits: round + 1 });
      part = { ...sending, waits: round + 1 };
    }
    expect(delays).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(takeStep({ ...sending, waits: 7 }, sent({ kind: 'not-now' }), at(0, 0)).message?.delayS).toBe(30);
  });

  it.each([
    ['device-limit-exceeded', 2000, 'rrr'],
    ['product-not-found', 2008, 'fff'],
    ['unknown-failure', 4600, 'rrr'],
  ] as const)('fails with the code it is refused for good with: %s', (code, legacyCode, statuses) => {
    const error = { code, legacyCode };
    expect(takeStep(sending, sent({ kind: 'refused', error }), at(0)).next).toEqual(done({ statuses, error }));
  });

  it('is unknown if nobody can tell what the sending did', () => {
    expect(takeStep(sending, sent({ kind: 'unknown' }), at(0)).next).toEqual(done({ statuses: 'uuu' }));
  });

  it.each([
    ['another has claimed it meanwhile', sending, 'another'],
    ['it is queued again', queued, 'mine'],
    ['it was taken for unknown', { state: 'done', doneAtMs: createdAtMs, statuses: 'uuu' }, 'mine'],
  ] as const)('is left alone by an answer that comes when %s', (_when, part, claimId) => {
    for (const outcome of [{ kind: 'created', taskId: 'T' }, { kind: 'not-now' }, { kind: 'unknown' }] as const)
      expect(takeStep(part, sent(outcome, claimId), at(0))).toEqual({});
  });
});

describe('a look at a part', () => {
  it('comes after 2, 4, 8, 16 and then each 30 seconds while its task runs', () => {
    let part: PartState = waiting;
    const delays: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const step = takeStep(part, looked({ kind: 'running' }), at(0));
      delays.push(step.message?.delayS ?? 0);
      part = step.next ?? part;
    }
    expect(delays).toEqual([4, 8, 16, 30, 30, 30]);
  });

  it('ends it with what is stored', () => {
    expect(takeStep(waiting, looked({ kind: 'stored', statuses: 'cfr' }), at(0)).next).toEqual(done({ statuses: 'cfr', taskId: 'T' }));
  });

  it('finds it unknown after an hour of trouble without a break', () => {
    const { next: troubled = waiting } = takeStep(waiting, looked({ kind: 'troubled' }), at(0));
    expect(troubled).toMatchObject({ state: 'waiting', troubledSinceMs: createdAtMs });
    expect(takeStep(troubled, looked({ kind: 'troubled' }), at(HOUR_MS - 1)).next?.state).toBe('waiting');
    expect(takeStep(troubled, looked({ kind: 'troubled' }), at(HOUR_MS)).next).toEqual(done({ statuses: 'uuu' }));
    const { next: better = troubled } = takeStep(troubled, looked({ kind: 'running' }), at(HOUR_MS));
    expect(takeStep(better, looked({ kind: 'troubled' }), at(HOUR_MS)).next?.state).toBe('waiting');
  });

  it('finds it unknown after a week, whatever keeps its results away', () => {
    for (const kind of ['running', 'not-now'] as const) {
      expect(takeStep(waiting, looked({ kind }), at(WEEK_MS - 1)).next?.state).toBe('waiting');
      expect(takeStep(waiting, looked({ kind }), at(WEEK_MS)).next).toEqual(done({ statuses: 'uuu' }));
    }
    expect(takeStep(waiting, looked({ kind: 'stored', statuses: 'ccc' }), at(WEEK_MS)).next).toMatchObject({ statuses: 'ccc' });
  });

  it('of another task changes nothing', () => {
    expect(takeStep({ ...waiting, taskId: 'U' }, looked({ kind: 'stored', statuses: 'ccc' }), at(0))).toEqual({});
  });
});

describe('a cancellation', () => {
  it('ends what is queued', () => {
    expect(takeStep(queued, { kind: 'cancelled' }, at(0)).next).toEqual(done({ statuses: 'rrr', error: { code: 'cancelled' } }));
  });

  it('ends what is being sent only if it turns out that nothing was sent', () => {
    const { next: marked = sending } = takeStep(sending, { kind: 'cancelled' }, at(0));
    expect(takeStep(marked, { kind: 'cancelled' }, at(0))).toEqual({});
    expect(takeStep(marked, sent({ kind: 'not-now' }), at(0)).next).toMatchObject({ error: { code: 'cancelled' } });
    expect(takeStep(marked, sent({ kind: 'created', taskId: 'T' }), at(0)).next).toEqual(waiting);
    expect(takeStep(marked, sent({ kind: 'unknown' }), at(0)).next).toMatchObject({ statuses: 'uuu' });
  });

  it('leaves alone what was sent', () => {
    expect(takeStep(waiting, { kind: 'cancelled' }, at(0))).toEqual({});
    expect(takeStep({ state: 'done', doneAtMs: createdAtMs, statuses: 'ccc' }, { kind: 'cancelled' }, at(0))).toEqual({});
  });
});
