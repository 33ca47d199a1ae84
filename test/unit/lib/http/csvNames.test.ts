import fc from 'fast-check';
import papaparse from 'papaparse';
import { describe, expect, it } from 'vitest';
import { deviceTaskCreation } from '../../../../lib/deviceTasks/resources.ts';
import { AppError } from '../../../../lib/errors.ts';
import { namesBody } from '../../../../lib/http/csvNames.ts';
import * as z from 'zod/mini';

fc.configureGlobal({ seed: 20_261_124 });

const MAX_BYTES = 1024 * 1024;
// The rule of names is the schema's; what is read here is any text.
const anyNames = z.object({ deviceNames: z.array(z.string()) });

const messageOf = (body: string | Uint8Array, type = 'text/csv') => ({ body: Buffer.from(body), headers: new Map([['content-type', type]]) });
const read = (body: string | Uint8Array, type?: string) => namesBody(anyNames, MAX_BYTES).parse(messageOf(body, type));
const namesOf = (body: string) => {
  const parsed = read(body);
  return parsed.ok ? parsed.value.deviceNames : parsed.faults;
};
const faultsOf = (body: string) => {
  const parsed = namesBody(deviceTaskCreation, MAX_BYTES).parse(messageOf(body));
  return parsed.ok ? [] : parsed.faults.map(({ line, detail }) => `${line} ${detail}`);
};
const codeOf = (body: string | Uint8Array, type?: string): string => {
  try {
    return read(body, type).ok ? 'taken' : 'faults';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

const anyLine = fc.string({ unit: fc.constantFrom('a', 'é', '器', '"', ',', '\r', '\n', ' ', ';', "'", '=', '\t'), maxLength: 12 });

describe('names in CSV', () => {
  it('are those another library wrote, whatever the line ends, quotes and other columns', () => {
    const table = fc.tuple(
      fc.array(fc.tuple(fc.nat({ max: 99 }), anyLine, anyLine), { minLength: 1, maxLength: 30 }),
      fc.constantFrom('\r\n' as const, '\n' as const, '\r' as const),
      fc.boolean(),
      fc.constantFrom('', '\uFEFF'),
    );
    fc.assert(
      fc.property(table, ([rows, newline, quotes, mark]) => {
        const data = rows.map(([number, name, other]) => [other, `${number}${name}`, other]);
        const text = papaparse.unparse({ fields: ['x', 'deviceName', 'y'], data }, { newline, quotes });
        expect(namesOf(mark + text)).toEqual(data.map(([, name]) => name));
      }),
    );
  });

  it('may be ten thousand', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `device-${index}`);
    expect(namesOf(papaparse.unparse(names.map((deviceName) => ({ note: '"a", b', deviceName }))))).toEqual(names);
  });

  it('keep their spaces, and may look like formulas', () => {
    expect(namesOf('deviceName\n a\nb \n=1+1\n  \n')).toEqual([' a', 'b ', '=1+1', '  ']);
  });

  it('stand between blank lines, and may be quoted, on lines that end in different ways', () => {
    expect(namesOf('\r\n\ndeviceName\r\n\n"a"\r\n\r\n"b"\rc\n\n')).toEqual(['a', 'b', 'c']);
  });

  it('need no line end after the last, and rows may have more or fewer other columns', () => {
    expect(namesOf('deviceName,x\na\nb,1,2,3\nc,')).toEqual(['a', 'b', 'c']);
  });

  it.each(['text/csv', 'text/csv; charset=utf-8', 'TEXT/CSV;charset="UTF-8"; header=present'])('are taken as %s', (type) => {
    expect(codeOf('deviceName\na', type)).toBe('taken');
  });

  it.each([
    ['of another charset', 'deviceName\na', 'text/csv; charset=latin1', 'unsupported-media-type'],
    ['without a header line', 'deviceName\na', 'text/csv; header=absent', 'unsupported-media-type'],
    ['of another type', 'deviceName\na', 'text/tab-separated-values', 'unsupported-media-type'],
    ['that is empty', '', 'text/csv', 'invalid-request'],
    ['that is no UTF-8', Buffer.from('deviceName\n\xFF', 'latin1'), 'text/csv', 'invalid-request'],
    ['that is too large', `deviceName\n${'a'.repeat(MAX_BYTES)}`, 'text/csv', 'payload-too-large'],
  ])('are refused in a body %s', (_what, body, type, code) => {
    expect(codeOf(body, type)).toBe(code);
  });

  it('are JSON if the type says so, or says nothing', () => {
    const body = Buffer.from('{"deviceNames":["a"]}');
    for (const headers of [new Map(), new Map([['content-type', 'application/json']])])
      expect(namesBody(anyNames, MAX_BYTES).parse({ body, headers })).toEqual({ ok: true, value: { deviceNames: ['a'] } });
  });
});

const HEADER_FAULT = 'must be a header with exactly one column deviceName';

describe('a fault in CSV', () => {
  it.each([
    ['no such column', 'name\na', [`1 ${HEADER_FAULT}`]],
    ['another case', 'DeviceName\na', [`1 ${HEADER_FAULT}`]],
    ['the column twice', 'deviceName,x,deviceName\na,b,c', [`1 ${HEADER_FAULT}`]],
    ['a header on a later line', '\n\nname\na', [`3 ${HEADER_FAULT}`]],
    ['blank lines alone', '\n\n', [`1 ${HEADER_FAULT}`]],
    ['a header alone', 'deviceName\n', ['1 must hold 1 to 100 names']],
    ['a row without that field', 'x,deviceName\n1,a\n2\n3,c', ['3 has no field for the column deviceName']],
    ['an open quote', 'deviceName\na\n\n"b\nc\n', ['4 has a quote that is not closed']],
    ['a quote within a field', 'deviceName\na\nb"c"\nd', ['3 has a quote that is out of place']],
    ['text after a quote', 'deviceName\n"a"b\n', ['2 has a quote that is out of place']],
    ['a malformed header', '"deviceName\na', ['1 has a quote that is not closed']],
  ])('is told of %s', (_what, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('names the physical line on which its record begins, records of several lines before it', () => {
    expect(faultsOf('deviceName,x\r\n\r\na,"1\r\n2\n3"\r\nb c,4\n\na,5\n"d\ne",6\n')).toEqual([
      '6 must be 1 to 48 of a-z A-Z 0-9 : _ -',
      '8 is the same as on line 3',
      '9 must be 1 to 48 of a-z A-Z 0-9 : _ -',
    ]);
  });

  it('is told beside those of other lines, in their order', () => {
    expect(faultsOf('x,deviceName\n1,a b\n2\n3,a b\n"4')).toEqual([
      '2 must be 1 to 48 of a-z A-Z 0-9 : _ -',
      '3 has no field for the column deviceName',
      '4 must be 1 to 48 of a-z A-Z 0-9 : _ -',
      '4 is the same as on line 2',
      '5 has a quote that is not closed',
    ]);
  });

  it('counts the line ends before it, within quotes too', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', '\n', '\r\n', '\r', ','), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 2 }), cell), { maxLength: 12 }), (rows) => {
        const records = rows.map(([blank, text], index) => `${'\r\n'.repeat(blank)}name-${index},"${text.replaceAll('"', '""')}"\r\n`);
        const before = `deviceName,x\r\n${records.join('')}`;
        expect(faultsOf(`${before}not good,`)).toEqual([`${before.split(/\r\n|\r|\n/).length} must be 1 to 48 of a-z A-Z 0-9 : _ -`]);
      }),
    );
  });
});
