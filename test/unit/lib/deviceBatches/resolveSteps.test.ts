import { describe, expect, it } from 'vitest';
import type { PartState } from '../../../../lib/deviceBatches/part.ts';
import { CLAIM_MS, takeStep, type PartEvent } from '../../../../lib/deviceBatches/partSteps.ts';
import { judgeDevice, type ResolveOutcome } from '../../../../lib/deviceBatches/resolveSteps.ts';

const createdAtMs = Date.UTC(2026, 10, 24, 10);
const AFTER_MS = 360_000;
const HOUR_MS = 60 * 60_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const at = (afterMs: number, resolveAfterMs: number | undefined = AFTER_MS) => ({ nowMs: createdAtMs + afterMs, random: 0, createdAtMs, size: 3, resolveAfterMs });

const sending = { state: 'sending', dueAtMs: createdAtMs + CLAIM_MS, waits: 0, claimId: 'mine', isCancelled: false } as const;
const resolving: PartState & { state: 'resolving' } = { state: 'resolving', dueAtMs: createdAtMs + AFTER_MS, waits: 0, look: 1, sendings: [createdAtMs], isCancelled: false };
const message: PartEvent = { kind: 'message', claimId: 'mine' };
const unknown = (sentAtMs?: number): PartEvent => ({ kind: 'sent', claimId: 'mine', outcome: { kind: 'unknown', ...(sentAtMs === undefined ? {} : { sentAtMs }) } });
const claimed = { ...resolving, claimId: 'mine' };
const resolved = (outcome: ResolveOutcome): PartEvent => ({ kind: 'resolved', claimId: 'mine', outcome });
const noTrace = (nothingExists: boolean) => resolved({ kind: 'no-trace', nothingExists });

describe('a device', () => {
  const sentAtMs = createdAtMs + 999;
  const sentAtS = createdAtMs / 1000;
  it.each([
    [-60, 'existed'],
    [-3, 'existed'],
    [-2, 'unclear'],
    [-1, 'unclear'],
    [0, 'ours'],
    [120, 'ours'],
    [121, 'unclear'],
    [480, 'unclear'],
  ] as const)("created %i s after the sending's second is %s", (ageS, verdict) => {
    expect(judgeDevice(sentAtS + ageS, [sentAtMs], 0)).toBe(verdict);
    expect(judgeDevice(sentAtS + 7 + ageS, [sentAtMs], 7000)).toBe(verdict);
  });

  it("is compared with the sending's second in the vendor's clock", () => {
    expect([judgeDevice(sentAtS, [sentAtMs], 1), judgeDevice(sentAtS, [sentAtMs], 0)]).toEqual(['unclear', 'ours']);
  });

  it('is compared with both sendings of a part that was sent twice', () => {
    const sendings = [sentAtMs, sentAtMs + 700_000];
    const verdicts = [-3, -1, 0, 120, 121, 699, 700, 820, 821].map((ageS) => judgeDevice(sentAtS + ageS, sendings, 0));
    expect(verdicts).toEqual(['existed', 'unclear', 'ours', 'ours', 'unclear', 'unclear', 'ours', 'ours', 'unclear']);
  });
});

describe('a part whose creation is unknown', () => {
  it('is looked up six minutes after it was sent, as exactly as that is known', () => {
    const sentAtMs = createdAtMs + 4000;
    const { next, message: sent } = takeStep(sending, unknown(sentAtMs), at(6500));
    expect([next, sent]).toEqual([{ ...resolving, dueAtMs: sentAtMs + AFTER_MS, sendings: [sentAtMs] }, { step: 'part', delayS: 358 }]);
    expect(takeStep(sending, unknown(), at(6500)).next).toEqual(resolving);
    expect(takeStep(sending, message, at(CLAIM_MS))).toEqual({ next: resolving, message: { step: 'part', delayS: 330 } });
  });

  it('is looked up at once if that is long over, and never if devices cannot be looked up', () => {
    expect(takeStep(sending, message, at(HOUR_MS)).message).toEqual({ step: 'part', delayS: 0 });
    expect(takeStep(sending, unknown(), { ...at(0), resolveAfterMs: undefined }).next).toMatchObject({ state: 'done', statuses: 'uuu' });
  });

  it('is claimed by one look at a time', () => {
    const { next, act } = takeStep(resolving, message, at(AFTER_MS));
    expect([next, act]).toEqual([{ ...claimed, dueAtMs: createdAtMs + AFTER_MS + CLAIM_MS }, 'resolve']);
    expect(takeStep(resolving, message, at(AFTER_MS - 1001))).toEqual({});
    const held = { ...claimed, dueAtMs: createdAtMs + AFTER_MS + CLAIM_MS };
    expect([takeStep(held, message, at(AFTER_MS + CLAIM_MS - 1)), takeStep(held, message, at(AFTER_MS + CLAIM_MS)).act]).toEqual([{}, 'resolve']);
    expect(takeStep({ ...claimed, claimId: 'another' }, noTrace(true), at(AFTER_MS))).toEqual({});
    expect(takeStep(resolving, noTrace(true), at(AFTER_MS))).toEqual({});
  });

  it('is looked up once more five minutes after a look that found nothing of ours', () => {
    for (const nothingExists of [true, false])
      expect(takeStep(claimed, noTrace(nothingExists), at(400_000))).toEqual({ next: { ...resolving, look: 2, dueAtMs: createdAtMs + 700_000 }, message: { step: 'part', delayS: 300 } });
  });

  it('is sent once more if then none of it exists, and never a third time', () => {
    const second = { ...claimed, look: 2 };
    const { next: queued } = takeStep(second, noTrace(true), at(700_000));
    expect(queued).toEqual({ state: 'queued', dueAtMs: createdAtMs + 700_000, waits: 0, firstSentAtMs: createdAtMs });
    expect(takeStep(second, noTrace(false), at(700_000)).next).toMatchObject({ state: 'done', error: { code: 'not-sent' } });
    expect(takeStep({ ...second, isCancelled: true }, noTrace(true), at(700_000)).next).toMatchObject({ error: { code: 'cancelled' } });
    expect(takeStep(second, noTrace(true), at(WEEK_MS)).next).toMatchObject({ error: { code: 'not-sent' } });
    const again = { ...sending, firstSentAtMs: createdAtMs, dueAtMs: createdAtMs + 700_000 + CLAIM_MS };
    expect(queued && takeStep(queued, message, at(700_000)).next).toEqual(again);
    const { next: third } = takeStep(again, unknown(), at(710_000));
    expect(third).toMatchObject({ state: 'resolving', look: 3, sendings: [createdAtMs, createdAtMs + 700_000] });
    expect(takeStep({ ...claimed, look: 4, sendings: [createdAtMs, createdAtMs + 700_000] }, noTrace(true), at(HOUR_MS)).next).toMatchObject({ error: { code: 'not-sent' } });
  });

  it('that was sent again has the names looked up that were taken, against the first sending', () => {
    const again = { ...sending, firstSentAtMs: createdAtMs };
    const { next: waiting } = takeStep(again, { kind: 'sent', claimId: 'mine', outcome: { kind: 'created', taskId: 'T' } }, at(700_000));
    expect(waiting).toMatchObject({ state: 'waiting', firstSentAtMs: createdAtMs });
    const looked = (kind: 'taken' | 'running'): PartEvent => ({ kind: 'looked', taskId: 'T', outcome: { kind } });
    const { next: still } = takeStep(waiting ?? again, looked('running'), at(700_000));
    expect(takeStep(still ?? again, looked('taken'), at(702_000)).next).toEqual({ ...resolving, look: 5, taskId: 'T', dueAtMs: createdAtMs + 702_000 });
  });

  it('goes on at once after progress, and waits after none', () => {
    const unfinished = (progressed: boolean, isTroubled = false) => resolved({ kind: 'unfinished', progressed, isTroubled });
    expect(takeStep({ ...claimed, waits: 4 }, unfinished(true), at(400_000))).toEqual({ next: { ...resolving, dueAtMs: createdAtMs + 400_000 }, message: { step: 'part', delayS: 0 } });
    expect(takeStep({ ...claimed, waits: 4 }, unfinished(false), at(400_000)).next).toEqual({ ...resolving, waits: 5, dueAtMs: createdAtMs + 416_000 });
    const { next: troubled } = takeStep(claimed, unfinished(false, true), at(400_000));
    expect(troubled).toMatchObject({ troubledSinceMs: createdAtMs + 400_000 });
    expect(takeStep({ ...claimed, troubledSinceMs: 5 }, unfinished(true, true), at(400_000)).next).toMatchObject({ troubledSinceMs: 5 });
    expect(takeStep({ ...claimed, troubledSinceMs: 5 }, unfinished(true), at(400_000)).next).toEqual({ ...resolving, dueAtMs: createdAtMs + 400_000 });
    expect(takeStep(claimed, unfinished(false), at(WEEK_MS + 24 * HOUR_MS)).next).toMatchObject({ state: 'done', statuses: 'uuu' });
  });

  it('ends with what was settled', () => {
    const { next } = takeStep(claimed, resolved({ kind: 'settled', statuses: 'cfu', taskId: 'R' }), at(400_000));
    expect(next).toEqual({ state: 'done', doneAtMs: createdAtMs + 400_000, statuses: 'cfu', taskId: 'R' });
  });

  it('is not sent again once it is cancelled', () => {
    expect(takeStep(claimed, { kind: 'cancelled' }, at(0)).next).toEqual({ ...claimed, isCancelled: true });
    expect(takeStep({ ...sending, isCancelled: true }, unknown(), at(0)).next).toMatchObject({ state: 'resolving', isCancelled: true });
  });
});
