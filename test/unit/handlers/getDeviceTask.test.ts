import { describe, expect, it, vi } from 'vitest';
import type { FollowTask, TaskState } from '../../../lib/deviceTasks/followTask.ts';
import { loadEvent, makeEvent, invoke } from '../../support/apiGatewayEvent.ts';
import { createApi, createCountingStore, createPieces, fullClaims } from '../../support/stack.ts';
import { createHandler } from '../../../lib/http/createHandler.ts';
import { handle } from '../../../handlers/getDeviceTask.ts';
import { getDeviceTask } from '../../../lib/functions/getDeviceTask.ts';

const path = '/v1/products/ABCED12345/device-tasks/abcdedf123456789';

function setUp(state: TaskState) {
  const followTask = vi.fn<FollowTask>(() => Promise.resolve(state));
  const pieces = createPieces(createCountingStore());
  const container = { ...pieces, services: () => ({ ...pieces.services(), followTask }) };
  return { ...createApi(container), followTask, handler: createHandler(getDeviceTask, handle, () => container) };
}

const completed: TaskState = {
  status: 'completed',
  totalDevices: 2,
  createdDevices: 1,
  failedDevices: 1,
  createdAtS: Date.UTC(2026, 10, 24, 10) / 1000,
  expiresAtS: Date.UTC(2026, 11, 24, 10) / 1000,
};

describe('getDeviceTask', () => {
  it('shows a completed task as the contract does', async () => {
    const { send, followTask } = setUp(completed);
    const reply = await send(path);
    expect(reply.text).toBe(
      '{"productId":"ABCED12345","taskId":"abcdedf123456789","status":"completed",' +
        '"totalDevices":2,"createdDevices":1,"failedDevices":1,"createdAt":"2026-11-24T10:00:00Z","expiresAt":"2026-12-24T10:00:00Z"}',
    );
    expect(reply.headers).toMatchObject({ 'cache-control': 'private, no-cache', etag: expect.any(String) });
    expect(reply.headers).not.toHaveProperty('retry-after');
    expect(followTask.mock.calls[0]?.[0]).toEqual({ productId: 'ABCED12345', taskId: 'abcdedf123456789' });
  });

  it.each(['pending', 'running'] as const)('tells when to ask again for a %s task, which is kept nowhere', async (status) => {
    const { send } = setUp({ status });
    const reply = await send(path, { headers: { 'if-none-match': '*' } });
    expect(reply.text).toBe(`{"productId":"ABCED12345","taskId":"abcdedf123456789","status":"${status}"}`);
    expect(reply).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store', 'retry-after': '2' } });
    expect(reply.headers).not.toHaveProperty('etag');
  });

  it('shows when a task that is under way ends, where that is known', async () => {
    const reply = await setUp({ status: 'running', expiresAtS: 1_800_000_000 }).send(path);
    expect(reply.json).toMatchObject({ status: 'running', expiresAt: '2027-01-15T08:00:00Z' });
  });

  it('takes an event of a custom domain', async () => {
    const { handler, followTask } = setUp(completed);
    expect((await invoke(handler, loadEvent('getDeviceTaskOnCustomDomain'))).status).toBe(200);
    expect(followTask).toHaveBeenCalledOnce();
  });

  it('reaches nothing for who may not read, or asks for what it does not know', async () => {
    const { send, followTask, handler } = setUp(completed);
    expect((await invoke(handler, makeEvent({ path }))).status).toBe(401);
    expect((await send(path, { claims: { ...fullClaims, scope: 'devices:write devices:credentials' } })).status).toBe(403);
    expect((await send(path, { claims: { ...fullClaims, products: [] } })).status).toBe(403);
    expect((await send(path, { query: 'include=credentials' })).status).toBe(400);
    expect(followTask).not.toHaveBeenCalled();
  });
});
