declare module 'dynalite' {
  import type { Server } from 'node:http';

  export interface DynaliteOptions {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    readonly maxItemSizeKb?: number;
  }

  /** Source: https://github.com/architect/dynalite#readme */
  export default function dynalite(options?: DynaliteOptions): Server;
}

declare module 'serverless/bin/serverless.js';
