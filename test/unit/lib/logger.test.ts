import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/environment.ts';
import { createLogger, describeError, type LogFields, type LogLevel } from '../../../lib/logger.ts';

const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

function capture(level: LogLevel = 'DEBUG') {
  const lines: string[] = [];
  const logger = createLogger({ level, stage: 'test', write: (line) => lines.push(line), now: () => 0 });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with level, time, service and stage', () => {
    const { logger, lines } = capture();
    logger.info({ event: 'request', status: 200 });
    expect(lines).toEqual([
      '{"level":"INFO","timestamp":"1970-01-01T00:00:00.000Z","service":"iotcloud-rest","stage":"test","event":"request","status":200}',
    ]);
  });

  it('keeps each line on one line, whatever a value holds', () => {
    const { logger, lines } = capture();
    logger.error({ event: 'a\nb\r\u2028"level":"DEBUG"' });
    expect(lines[0]).not.toMatch(/[\n\r]/);
  });

  it('drops every field that is not on its list', () => {
    const { logger, parsed } = capture();
    const careless = {
      event: 'request',
      secretKey: 'canary',
      privateKey: 'canary',
      psk: 'canary',
      headers: { authorization: 'canary' },
      authorization: 'canary',
      body: 'canary',
      url: 'canary',
      query: 'canary',
      message: 'canary',
      stack: 'canary',
      error: new Error('canary'),
      level: 'canary',
      stage: 'canary',
    };
    for (const write of [logger.debug, logger.info, logger.warn, logger.error, logger.audit]) write(careless);
    expect(parsed()).toHaveLength(5);
    for (const line of parsed()) {
      expect(Object.keys(line).toSorted()).toEqual(['event', 'level', 'service', 'stage', 'timestamp']);
      expect(Object.values(line)).not.toContain('canary');
    }
  });

  it.each(LEVELS)('writes, at %s, the lines of that level and above', (level) => {
    const { logger, parsed } = capture(level);
    logger.debug({ event: 'x' });
    logger.info({ event: 'x' });
    logger.warn({ event: 'x' });
    logger.error({ event: 'x' });
    expect(parsed().map((line) => line['level'])).toEqual(LEVELS.slice(LEVELS.indexOf(level)));
  });

  it.each(LEVELS)('writes metrics at %s, without the rest of the line if its level is below', (level) => {
    const { logger, parsed } = capture(level);
    logger.info({ event: 'request', route: 'getHealth', requestId: 'r', caller: 'c' }, { Duration: 3 });
    logger.warn({ event: 'fault', requestId: 'r' }, { CacheFault: 1 });
    const isTold = (lineLevel: LogLevel) => LEVELS.indexOf(lineLevel) >= LEVELS.indexOf(level);
    const ofEveryLine = { _aws: expect.objectContaining({ Timestamp: 0 }), service: 'iotcloud-rest', stage: 'test' };
    const [time, told] = [{ timestamp: '1970-01-01T00:00:00.000Z' }, { requestId: 'r' }];
    expect(parsed()).toEqual([
      { ...ofEveryLine, route: 'getHealth', Duration: 3, ...(isTold('INFO') ? { ...time, ...told, level: 'INFO', event: 'request', caller: 'c' } : {}) },
      { ...ofEveryLine, CacheFault: 1, ...(isTold('WARN') ? { ...time, ...told, level: 'WARN', event: 'fault' } : {}) },
    ]);
  });

  it('writes no line of metrics that are all 0', () => {
    const { logger, lines } = capture('ERROR');
    logger.info({ event: 'request', route: 'getHealth' }, { Duration: 0, Errors: 0 });
    expect(lines).toEqual([]);
  });

  it.each(LEVELS)('writes an audit line at %s', (level) => {
    const { logger, parsed } = capture(level);
    logger.audit({ event: 'credentials-read', devices: 3 });
    expect(parsed()).toMatchObject([{ level: 'INFO', event: 'credentials-read', devices: 3 }]);
  });
});

describe('describeError', () => {
  it('tells the name of an error and where it came from, never what it says', () => {
    const fields = describeError(new ConfigError('STAGE', 'canary-message'));
    expect(fields.errorName).toBe('ConfigError');
    expect(fields.errorFrames).toEqual(expect.arrayContaining([expect.stringMatching(/^at .*logger\.test\.ts/)]));
    expect(JSON.stringify(fields)).not.toContain('canary-message');
  });

  it('takes no line of a message for a frame', () => {
    const fields = describeError(new SyntaxError('Unexpected token in "\n    at canary\n    at canary"'));
    expect(JSON.stringify(fields)).not.toContain('canary');
    expect(fields.errorFrames).toHaveLength(8);
  });

  it('keeps eight frames at most', () => {
    const dive = (depth: number): LogFields => (depth === 0 ? describeError(new Error('x')) : dive(depth - 1));
    expect(dive(20).errorFrames).toHaveLength(8);
  });

  it.each([
    ['text', 'string'],
    [undefined, 'undefined'],
    [{ message: 'canary' }, 'object'],
  ])('tells of %j that was thrown only what type it is', (thrown, errorName) => {
    expect(describeError(thrown)).toEqual({ errorName });
  });

  it('bears an error without a stack', () => {
    const error = new Error('x');
    delete error.stack;
    expect(describeError(error)).toEqual({ errorName: 'Error', errorFrames: [] });
  });
});
