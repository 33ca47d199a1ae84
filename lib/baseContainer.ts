import { systemClock } from './clock.ts';
import { readBaseConfig, type BaseConfig } from './config.ts';
import { currentRequest } from './currentRequest.ts';
import type { Environment } from './environment.ts';
import { createLogger, type Logger } from './logger.ts';

/** What every function needs; the whole of what those need that reach neither table nor vendor. */
export interface BaseContainer {
  readonly config: BaseConfig;
  readonly logger: Logger;
}

/** @param env the process's own if left out. @param write takes a line of the log. @throws ConfigError naming the variable */
export function createBaseContainer(env?: Environment, write: (line: string) => void = console.log): BaseContainer {
  const config = readBaseConfig(env);
  const { logLevel: level, stage, api } = config;
  return { config, logger: createLogger({ level, stage, api, write, now: systemClock.now, context: currentRequest }) };
}

/** Builds on the first call; a failure is not remembered. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => (built ??= { value: build() }).value;
}

/** The process's base container, built on the first event. */
export const getBaseContainer = once(() => createBaseContainer());
