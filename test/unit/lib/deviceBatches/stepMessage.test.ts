import { describe, expect, it } from 'vitest';
import type { StepMessage } from '../../../../lib/deviceBatches/ports.ts';
import { formatStepMessage, parseStepMessage } from '../../../../lib/deviceBatches/stepMessage.ts';

const split: StepMessage = { productId: 'P', batchId: '0193f6a0-0000-7000-8000-000000000001', step: 'split' };

describe('a message', () => {
  it.each<StepMessage>([split, { ...split, step: 'part', part: 0 }, { ...split, step: 'complete' }, { ...split, step: 'tell' }])(
    'is read as it was written: %o',
    (message) => expect(parseStepMessage(formatStepMessage(message))).toEqual(message),
  );

  it('carries nothing but what it is declared to', () => {
    const extended = { ...split, deviceNames: ['a'] };
    expect(formatStepMessage(extended)).toBe(`{"productId":"P","batchId":"${split.batchId}","step":"split"}`);
    expect(parseStepMessage(JSON.stringify(extended))).toEqual(split);
  });

  it.each([
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['another step', JSON.stringify({ ...split, step: 'delete' })],
    ['another id', JSON.stringify({ ...split, batchId: 'b' })],
    ['a product that is none', JSON.stringify({ ...split, productId: 'a b' })],
    ['half a part', JSON.stringify({ ...split, step: 'part', part: 0.5 })],
    ['no step', JSON.stringify({ productId: 'P', batchId: split.batchId })],
  ])('is not %s', (_what, body) => expect(parseStepMessage(body)).toBeUndefined());
});
