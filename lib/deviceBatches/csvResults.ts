import type { BatchDeviceResource } from '../deviceTasks/device.ts';

type Cell = string | number | undefined;

// What a spreadsheet takes for a formula. The text is the vendor's; names and keys are not touched, byte for byte.
const FORMULA = /^[=+\-@\t\r]/;

const COLUMNS = [
  'deviceName',
  'status',
  'credentialType',
  'certificate',
  'privateKey',
  'psk',
  'errorCode',
  'legacyCode',
  'errorMessage',
  'legacyMessage',
] as const;
type Column = (typeof COLUMNS)[number];

const SECRET_COLUMNS: readonly Column[] = ['privateKey', 'psk'];

/** Of both credentials the one that is there; its columns are absent if it is not. */
function credentialCells(device: BatchDeviceResource): Partial<Record<Column, Cell>> {
  if (device.status !== 'created' || device.credentials === undefined) return {};
  const { type, ...material } = device.credentials;
  return { credentialType: type, ...material };
}

function errorCells(device: BatchDeviceResource): Partial<Record<Column, Cell>> {
  if (device.status !== 'failed') return {};
  const { code, legacyCode, message, legacyMessage } = device.error;
  const guarded = legacyMessage !== undefined && FORMULA.test(legacyMessage) ? `'${legacyMessage}` : legacyMessage;
  return { errorCode: code, legacyCode, errorMessage: message, legacyMessage: guarded };
}

function formatCell(cell: Cell = ''): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const formatLine = (cells: readonly Cell[]) => `${cells.map(formatCell).join(',')}\r\n`;

/** What `formatCsvResults` makes (RFC 4180). */
export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/** Results as CSV: a header line, then a line a device. @param withCredentials whether there are columns for secrets */
export function formatCsvResults(devices: readonly BatchDeviceResource[], withCredentials: boolean): string {
  const columns = COLUMNS.filter((column) => withCredentials || !SECRET_COLUMNS.includes(column));
  const lineOf = (device: BatchDeviceResource) => {
    const cells = { deviceName: device.deviceName, status: device.status, ...credentialCells(device), ...errorCells(device) };
    return formatLine(columns.map((column) => cells[column]));
  };
  return formatLine(columns) + devices.map(lineOf).join('');
}
