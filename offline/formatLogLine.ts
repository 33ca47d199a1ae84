import { styleText } from 'node:util';
import * as z from 'zod/mini';

const logLine = z.looseObject({ timestamp: z.string(), level: z.string(), event: z.optional(z.string()) });

const requestLine = z.object({
  timestamp: z.string(),
  route: z.string(),
  status: z.number(),
  /** Of the metrics, which leave out what is 0. */
  Duration: z._default(z.number(), 0),
  requestId: z.string(),
  cache: z.optional(z.string()),
  code: z.optional(z.string()),
  cause: z.optional(z.string()),
});

// Said by the line itself, or for machines.
const LEFT_OUT = ['timestamp', 'level', 'event', 'service', 'stage', 'traceId'];

const timeOf = (timestamp: string) => styleText('dim', new Date(timestamp).toTimeString().slice(0, 8));

function colourOf(status: number) {
  if (status >= 500) return 'red';
  return status >= 400 ? 'yellow' : 'green';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function formatRequest(line: z.infer<typeof requestLine>, routeKeys: ReadonlyMap<string, string>): string {
  const { timestamp, route, status, Duration: durationMs, requestId, cache, code, cause } = line;
  const [method, path = `(${route})`] = routeKeys.get(route)?.split(' ') ?? [];
  const told = [code, cause, cache].filter((text) => text !== undefined);
  const outcome = styleText(colourOf(status), String(status));
  return [timeOf(timestamp), ...(path.startsWith('/') ? [method] : []), path, outcome, `${durationMs} ms`, ...told, styleText('dim', requestId)].join('  ');
}

/**
 * A log line of the functions for people: time, route, status, milliseconds, what failed, cache and request id of a
 * request; of other events their fields. Coloured if the standard output takes colours.
 * @param line as the functions write it; what is no log line comes back as it is
 * @param routeKeys of the functions, by their names; a function does not log the method, which is the gateway's to tell
 */
export function formatLogLine(line: string, routeKeys: ReadonlyMap<string, string>): string {
  const parsed = logLine.safeParse(parseJson(line));
  if (!parsed.success) return line;
  const request = parsed.data.event === 'request' ? requestLine.safeParse(parsed.data) : undefined;
  if (request?.success) return formatRequest(request.data, routeKeys);
  const { timestamp, level, event = '' } = parsed.data;
  const fields = Object.entries(parsed.data).filter(([name, value]) => !LEFT_OUT.includes(name) && Object(value) !== value);
  return [timeOf(timestamp), level, event, ...fields.map(([name, value]) => `${name}=${String(value)}`)].join('  ');
}
