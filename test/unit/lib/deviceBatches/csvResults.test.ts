import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import papaparse from 'papaparse';
import { describe, expect, it } from 'vitest';
import { formatCsvResults } from '../../../../lib/deviceBatches/csvResults.ts';
import type { DeviceResultResource } from '../../../../lib/deviceTasks/device.ts';

fc.configureGlobal({ seed: 20_261_124 });

type ShownDevice = Parameters<typeof formatCsvResults>[0][number];

const HEADER = 'deviceName,status,credentialType,certificate,privateKey,psk,errorCode,legacyCode,errorMessage,legacyMessage';

const text = fc.string({ unit: fc.constantFrom('a', 'é', '设', '"', ',', '\r', '\n', ' ', ';', "'", '=', '+', '-', '@', '\t'), maxLength: 20 });
const deviceName = fc.stringMatching(/^[a-zA-Z0-9:_-]{1,48}$/);
const created = (credentials: fc.Arbitrary<object>) =>
  fc.record({ deviceName, status: fc.constant('created' as const), credentials }, { requiredKeys: ['deviceName', 'status'] });
const certificate = fc.record({ type: fc.constant('certificate'), certificate: text, privateKey: text }, { requiredKeys: ['type'] });
const psk = fc.record({ type: fc.constant('psk'), psk: text }, { requiredKeys: ['type'] });
const error = fc.record(
  { code: fc.constant('unknown-failure'), legacyCode: fc.oneof(fc.nat(), text), message: text, legacyMessage: text },
  { requiredKeys: ['code', 'legacyCode', 'message'] },
);
const device = fc.oneof(
  created(certificate),
  created(psk),
  fc.record({ deviceName, status: fc.constant('failed'), error }),
  fc.record({ deviceName, status: fc.constantFrom('pending', 'unknown') }),
) as fc.Arbitrary<ShownDevice>; // of the forms the schemas have

/** What a reader of the CSV finds of a device: an absent member is empty. */
function cellsOf(shown: ShownDevice): Record<string, string> {
  const credentials: Record<string, string> = shown.status === 'created' ? { ...shown.credentials } : {};
  const { code = '', legacyCode = '', message = '', legacyMessage = '' } = shown.status === 'failed' ? shown.error : {};
  return {
    deviceName: shown.deviceName,
    status: shown.status,
    credentialType: credentials['type'] ?? '',
    certificate: credentials['certificate'] ?? '',
    privateKey: credentials['privateKey'] ?? '',
    psk: credentials['psk'] ?? '',
    errorCode: code,
    legacyCode: String(legacyCode),
    errorMessage: message,
    legacyMessage: /^[=+\-@\t\r]/.test(legacyMessage) ? `'${legacyMessage}` : legacyMessage,
  };
}

const failure = (legacyMessage: string): DeviceResultResource => ({
  deviceName: '-name',
  status: 'failed',
  error: { code: 'unknown-failure', legacyCode: 9, message: 'Ours.', legacyMessage },
});

describe('results as CSV', () => {
  it('are read again by two other libraries, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(device, { maxLength: 20 }), (devices) => {
        const csv = formatCsvResults(devices, true);
        const wanted = devices.map(cellsOf);
        expect(papaparse.parse(csv, { header: true, skipEmptyLines: true, newline: '\r\n' }).data).toEqual(wanted);
        expect(parse(csv, { columns: true, record_delimiter: ['\r\n', '\n', '\r'] })).toEqual(wanted);
      }),
    );
  });

  it('hold no column of secrets unless credentials are asked for', () => {
    const keys = { type: 'certificate', certificate: 'PUBLIC', privateKey: 'SECRET' } as const;
    const csv = formatCsvResults([{ deviceName: 'a', status: 'created', credentials: keys }], false);
    expect(csv).toBe('deviceName,status,credentialType,certificate,errorCode,legacyCode,errorMessage,legacyMessage\r\na,created,certificate,PUBLIC,,,,\r\n');
  });

  it('end every line with CR LF, quote what needs it, and begin with no byte order mark', () => {
    const csv = formatCsvResults([failure('a "b", c'), { deviceName: 'x', status: 'pending' }], true);
    expect(csv).toBe(`${HEADER}\r\n-name,failed,,,,,unknown-failure,9,Ours.,"a ""b"", c"\r\nx,pending,,,,,,,,\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@a', '\ta', '\ra'])("guard the vendor's text %j, and nothing else", (legacyMessage) => {
    const [, row] = parse(formatCsvResults([failure(legacyMessage)], false), { record_delimiter: '\r\n' });
    expect(row).toEqual(['-name', 'failed', '', '', 'unknown-failure', '9', 'Ours.', `'${legacyMessage}`]);
  });

  it('are a header alone if there are none', () => {
    expect(formatCsvResults([], true)).toBe(`${HEADER}\r\n`);
  });

  it('may be ten thousand', () => {
    const devices = Array.from({ length: 10_000 }, (_, index): ShownDevice => ({ deviceName: `device-${index}`, status: 'unknown' }));
    expect(papaparse.parse<{ deviceName: string }>(formatCsvResults(devices, false), { header: true, skipEmptyLines: true }).data.map((row) => row.deviceName)).toEqual(
      devices.map((shown) => shown.deviceName),
    );
  });
});
