import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../../offline/emulator/queryV2/createActions.ts';
import { createAnswerer } from '../../../../../offline/emulator/queryV2/createAnswerer.ts';
import { refuse, refuseByModule } from '../../../../../offline/emulator/queryV2/refusal.ts';
import type { QueryCall } from '../../../../../offline/emulator/queryV2/readCall.ts';

const call: QueryCall = {
  httpMethod: 'GET',
  host: 'h',
  path: '/v2/index.php',
  params: new Map([['Action', 'Act']]),
  malformed: undefined,
};
const admitAll = () => undefined;

function answerWith(act: Action, admit: () => void = admitAll) {
  return createAnswerer(admit, new Map([['Act', act]]))(call);
}

describe('createAnswerer', () => {
  it("puts the action's fields into the envelope of success", async () => {
    const { reply } = await answerWith(async () => ({ taskID: 'T1' }));
    expect(reply).toEqual({ code: 0, message: '', codeDesc: 'Success', taskID: 'T1' });
  });

  it('answers a refusal of the gatekeeper, and the action is not run', async () => {
    const act = () => expect.unreachable();
    const answer = await answerWith(act, () => {
      throw refuse(4100, 'no');
    });
    expect(answer).toEqual({ reply: { code: 4100, message: 'no', codeDesc: 'AuthFailure' }, moduleCode: undefined });
  });

  it('answers a refusal of the module with its code in full-width brackets', async () => {
    const answer = await answerWith(async () => {
      throw refuseByModule(2012);
    });
    expect(answer.moduleCode).toBe(2012);
    expect(answer.reply.message).toBe('（2012）用户或产品不匹配任务ID');
  });

  it('answers 6000 to a fault of its own, and tells nothing of it', async () => {
    const answer = await answerWith(async () => {
      throw new Error('secret detail');
    });
    expect(answer.reply).toMatchObject({ code: 6000, codeDesc: 'InternalError' });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});
