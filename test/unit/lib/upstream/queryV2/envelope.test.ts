import fc from 'fast-check';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../../../lib/upstream/queryV2/codes.ts';
import { parseEnvelope, parseModuleCode } from '../../../../../lib/upstream/queryV2/envelope.ts';
import { wireInt, wireText } from '../../../../../lib/upstream/wireTypes.ts';
import type { Outcome } from '../../../../../lib/upstream/failure.ts';

const payload = z.object({ count: wireInt, note: wireText });
type Payload = z.infer<typeof payload>;

const parse = (body: unknown): Outcome<Payload> => parseEnvelope(JSON.stringify(body), payload);
const unreadable = (reason: string) => ({ ok: false, failure: { kind: 'unreadable', reason } });

/** A number as the vendor may write it: as a number or as a string. */
const anyForm = (value: number) => fc.constantFrom<number | string>(value, String(value));

describe('parseModuleCode', () => {
  it.each([
    ['(2006)text', 2006],
    ['（2006）任务不存在', 2006],
    ['(-2006)text', -2006],
    ['（-1）文本', -1],
    ['(2006）', 2006],
    ['\\uff082006\\uff09text', 2006],
    ['\\uFF082006\\uFF09text', 2006],
    ['  ( 2006 ) text', 2006],
    ['(0)', 0],
  ])('reads %j as %i', (message, code) => expect(parseModuleCode(message)).toBe(code));

  it.each(['', 'text', 'text (2006)', '2006', '()', '(abc)', '(2006', '[2006]', '(20.06)', '(+2006)', '(12345678901)'])(
    'finds none in %j',
    (message) => expect(parseModuleCode(message)).toBeUndefined(),
  );

  it('reads any number of up to nine digits in any brackets before any text', () => {
    const number = fc.integer({ min: -999_999_999, max: 999_999_999 });
    const brackets = fc.constantFrom(['(', ')'] as const, ['（', '）'] as const);
    fc.assert(
      fc.property(number, brackets, fc.string({ unit: 'grapheme' }), (code, [open, close], text) => {
        expect(parseModuleCode(`${open}${code}${close}${text}`)).toBe(code);
      }),
    );
  });
});

describe('parseEnvelope', () => {
  it('gives the payload of a success, whether its numbers are numbers or strings, and drops what is not asked for', () => {
    fc.assert(
      fc.property(fc.integer(), anyForm(0), fc.dictionary(fc.string(), fc.jsonValue()), (count, code, extra) => {
        const forms = [count, String(count)];
        for (const form of forms) {
          const { note: _note, ...others } = extra;
          expect(parse({ ...others, code, count: form })).toEqual({ ok: true, value: { count } });
        }
      }),
    );
  });

  it('reads JSON with white space around it', () => {
    expect(parseEnvelope('\r\n {"code":0,"count":1} \n', payload)).toMatchObject({ ok: true });
  });

  it('never throws on any text, and finds no success in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        expect(parseEnvelope(text, payload)).toMatchObject({ ok: false, failure: { kind: 'unreadable' } });
      }),
    );
  });

  it('never throws on any JSON, and finds a success only where code is 0 and the shape is right', () => {
    const loose = fc.record(
      {
        code: fc.oneof(anyForm(0), anyForm(2006), fc.jsonValue()),
        message: fc.oneof(fc.string(), fc.jsonValue()),
        codeDesc: fc.oneof(fc.string(), fc.jsonValue()),
        count: fc.oneof(anyForm(7), fc.jsonValue()),
        note: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const isInt = (value: unknown) => Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,15}$/.test(value));
    const isText = (value: unknown) => value === undefined || value === null || typeof value === 'string';
    fc.assert(
      fc.property(fc.oneof(loose, fc.jsonValue()), (body) => {
        // What JSON brings back: it has no -0 of its own making and no undefined.
        const sent: unknown = JSON.parse(JSON.stringify(body));
        const isObject = typeof sent === 'object' && sent !== null && !Array.isArray(sent);
        const { code, count, note } = (isObject ? sent : {}) as Record<string, unknown>;
        const isSuccess = isObject && isInt(code) && Number(code) === 0 && isInt(count) && isText(note);
        expect(parse(body).ok).toBe(isSuccess);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '{', '<html></html>', "{'code':0}", '{"code":0}x', 'undefined'])('cannot read %j: it is no JSON', (text) => {
    expect(parseEnvelope(text, payload)).toEqual(unreadable('json'));
  });

  it.each([null, 0, 'code', true, [], [{ code: 0 }], {}, { Code: 0 }, { code: null }, { code: '' }, { code: 'ok' }, { code: 0.5 }])(
    'cannot read %j: it has no code',
    (body) => expect(parse(body)).toEqual(unreadable('shape')),
  );

  it.each([{ code: 0 }, { code: 0, count: null }, { code: 0, count: 'many' }, { code: 0, count: 1, note: 5 }])(
    'cannot read %j: it is a success of another shape',
    (body) => expect(parse(body)).toEqual(unreadable('shape')),
  );

  it('gives code, module code and English name of a refusal, whatever else it holds', () => {
    const body = { code: '5000', message: '（2006）任务不存在', codeDesc: 'TaskNotExist', count: 1 };
    const upstream = { api: 'v2', code: 5000, moduleCode: 2006, codeDesc: 'TaskNotExist' };
    const failure = { kind: 'refusal', meaning: meaningOf(5000, 2006), upstream };
    expect(parse(body)).toEqual({ ok: false, failure });
    expect(parseEnvelope(String.raw`{"code":5000,"message":"\uff082006\uff09\u4efb\u52a1","codeDesc":"TaskNotExist"}`, payload)).toEqual({
      ok: false,
      failure,
    });
  });

  it('reads a refusal without message and name, or with such that are no text', () => {
    const bare = { ok: false, failure: { kind: 'refusal', meaning: meaningOf(-1, undefined), upstream: { api: 'v2', code: -1 } } };
    expect([{ code: -1 }, { code: '-1', message: null, codeDesc: 7 }].map(parse)).toEqual([bare, bare]);
  });

  it.each(['Not a name', '任务不存在', '', '1abc', 'a'.repeat(65), 'Name\n', '<b>'])('drops %j: it is no English name', (codeDesc) => {
    expect(parse({ code: 5000, codeDesc })).not.toHaveProperty('failure.upstream.codeDesc');
  });

  it("reads the vendor's clock at the end of a real text", () => {
    const message =
      '请求被拒绝，请求重复, 请注意 Nonce 参数两次请求不能重复, Timestamp 与腾讯服务器相差不能超过 2 小时, 腾讯服务器 Timestamp = 1556706450';
    expect(parse({ code: 4500, message })).toMatchObject({ failure: { upstream: { api: 'v2', code: 4500 }, vendorClockS: 1_556_706_450 } });
  });

  it.each(['Timestamp = ', 'Timestamp = 12', 'Timestamp = 155670645012', 'Timestamp: 1556706450', '1556706450'])(
    'reads no clock in %j',
    (message) => expect(parse({ code: 4500, message })).not.toHaveProperty('failure.vendorClockS'),
  );
});
