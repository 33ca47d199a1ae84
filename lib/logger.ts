import { toEmf, type Metrics } from './metrics.ts';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/**
 * The only fields a log line can carry. A field is added here after asking what it could hold at worst;
 * everything else is dropped, so that no secret, token or body can reach a log by a careless call.
 */
const ALLOWED_FIELDS = [
  'event',
  'requestId',
  'traceId',
  'route',
  'status',
  'code',
  'cause',
  'caller',
  'cache',
  'errorName',
  'errorFrames',
  'variable',
  // A step of a batch.
  'step',
  'part',
  // The audit line of a read of credentials.
  'iss',
  'sub',
  'client',
  'productId',
  'taskId',
  'deviceName',
  'batchId',
  'devices',
] as const;

export type LogFields = Readonly<Partial<Record<(typeof ALLOWED_FIELDS)[number], string | number | boolean | readonly string[]>>>;

/** Writes a line if its level allows it. Metrics make it an EMF document, and are written whatever the level. */
type Log = (fields: LogFields, metrics?: Metrics) => void;

export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  /** Written whatever the level. */
  readonly audit: (fields: LogFields) => void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly stage: string;
  /** Which of the vendor's APIs the stage calls, if the configuration could be read. */
  readonly api?: string;
  /** Takes one line without its newline. */
  readonly write: (line: string) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What every line says besides its own fields; nothing if it is left out. */
  readonly context?: () => LogFields;
}

const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

function pickAllowed(fields: LogFields): LogFields {
  return Object.fromEntries(ALLOWED_FIELDS.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}

/** One JSON object a line. */
export function createLogger({ level, stage, api, write, now, context = () => ({}) }: LoggerOptions): Logger {
  const origin = { service: 'iotcloud-rest', stage, ...(api === undefined ? {} : { api }) };
  const putLine = (lineLevel: LogLevel, fields: LogFields, metrics: Metrics = {}) => {
    const nowMs = now();
    const line = { level: lineLevel, timestamp: new Date(nowMs).toISOString(), ...origin };
    write(JSON.stringify({ ...line, ...pickAllowed({ ...context(), ...fields }), ...toEmf(metrics, { ...origin, ...fields }, nowMs) }));
  };
  const putMetrics = ({ route }: LogFields, metrics: Metrics) => {
    const dimensions = { ...origin, ...(route === undefined ? {} : { route }) };
    const document = toEmf(metrics, dimensions, now());
    if ('_aws' in document) write(JSON.stringify({ ...dimensions, ...document }));
  };
  const at = (lineLevel: LogLevel): Log => (fields, metrics) => {
    if (LEVELS.indexOf(lineLevel) >= LEVELS.indexOf(level)) putLine(lineLevel, fields, metrics);
    else if (metrics !== undefined) putMetrics(fields, metrics);
  };
  return {
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    audit: (fields) => putLine('INFO', fields),
  };
}

const MAX_FRAMES = 8;

/**
 * What may be said of an error: its name and where it came from. Never its message: those of others quote
 * what they choked on (`JSON.parse` quotes the text, the SDK a request).
 */
export function describeError(error: unknown): Pick<LogFields, 'errorName' | 'errorFrames'> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  // The stack begins with the message, and a line of that may look like a frame.
  const frames = (error.stack ?? '').replace(error.message, '').split('\n').filter((line) => /^\s+at /.test(line));
  return { errorName: error.name, errorFrames: frames.slice(0, MAX_FRAMES).map((line) => line.trim()) };
}
