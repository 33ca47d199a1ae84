import { expect, it } from 'vitest';
import { openExchange } from '../../../../lib/http/exchange.ts';
import { toHttpRequest } from '../../../../lib/http/httpRequest.ts';
import { makeEvent } from '../../../support/apiGatewayEvent.ts';

const open = (remainingMs: number) =>
  openExchange(toHttpRequest(makeEvent(), { getRemainingTimeInMillis: () => remainingMs }), 'getHealth', 1000);

it.each([
  [30_000, 9000],
  [8500, 9000],
  [8499, 8999],
  [3000, 3500],
  [400, 1000],
  [0, 1000],
])('gives the vendor 8 s at most, and what %i ms of invocation leave less the time to answer', (remainingMs, deadlineMs) => {
  expect(open(remainingMs).scope).toEqual({ deadlineMs, tally: { vendorCalls: 0, vendorMs: 0 } });
});

it('opens with nothing parsed and nobody known', () => {
  expect(open(30_000)).toMatchObject({ functionName: 'getHealth', startedAtMs: 1000, path: undefined, caller: undefined });
});
