import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLocalKeyWrapper } from '../../../../lib/store/keyWrapper.ts';
import { createSecret } from '../../../../lib/secret.ts';

const makeWrapper = () => createLocalKeyWrapper(createSecret(randomBytes(32).toString('base64')));
const context = { service: 'iotcloud-rest', taskId: 't1' };

describe('createLocalKeyWrapper', () => {
  it('makes a new data key of 32 bytes each time, and unwraps it', async () => {
    const wrapper = makeWrapper();
    const [one, other] = [await wrapper.generate(context), await wrapper.generate(context)];
    expect(one.plaintext).toHaveLength(32);
    expect(one.plaintext).not.toEqual(other.plaintext);
    expect(await wrapper.unwrap(one.wrapped, context)).toEqual(one.plaintext);
  });

  it('does not hold the data key in the wrapped one', async () => {
    const { plaintext, wrapped } = await makeWrapper().generate(context);
    expect(Buffer.from(wrapped).includes(Buffer.from(plaintext))).toBe(false);
  });

  it('unwraps nothing in another context, under another key, or damaged', async () => {
    const wrapper = makeWrapper();
    const { wrapped } = await wrapper.generate(context);
    const damaged = Uint8Array.from(wrapped, (byte, index) => (index === 20 ? byte ^ 1 : byte));
    expect(await wrapper.unwrap(wrapped, { ...context, taskId: 't2' })).toBeUndefined();
    expect(await wrapper.unwrap(wrapped, {})).toBeUndefined();
    expect(await makeWrapper().unwrap(wrapped, context)).toBeUndefined();
    expect(await wrapper.unwrap(damaged, context)).toBeUndefined();
    expect(await wrapper.unwrap(new Uint8Array(), context)).toBeUndefined();
  });
});
