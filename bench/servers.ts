import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createContainer, type Container } from '../lib/container.ts';
import type { EmulatedProduct, EmulatedTask } from '../offline/emulator/register/entities.ts';
import { root } from '../tools/paths.ts';

interface Key {
  readonly secretId: string;
  readonly secretKey: string;
}

/** What a child process is to start. */
export type ServerOrder =
  | { readonly role: 'database'; readonly tableName: string }
  | {
      readonly role: 'vendor';
      readonly key: Key;
      readonly products: readonly EmulatedProduct[];
      readonly tasks: readonly EmulatedTask[];
    };

export interface Servers {
  readonly environment: Readonly<Record<string, string>>;
  readonly databaseEndpoint: string;
  readonly vendorEndpoint: string;
  /** Stops and continues the vendor's process: it takes connections and does not answer. */
  readonly freezeVendor: () => void;
  readonly thawVendor: () => void;
  readonly close: () => void;
}

const KEY: Key = { secretId: 'AKIDbench', secretKey: 'a-key-of-the-bench' };
export const TABLE = 'bench';

async function startChild(order: ServerOrder): Promise<{ child: ChildProcess; endpoint: string }> {
  const child = fork(join(root, 'bench', 'serversChild.ts'));
  child.send(order);
  const [{ endpoint }] = (await once(child, 'message')) as [{ endpoint: string }]; // its one message
  return { child, endpoint };
}

/** Starts the emulators of DynamoDB and of the vendor, seeded, each in a child process. */
export async function startServers(products: readonly EmulatedProduct[], tasks: readonly EmulatedTask[]): Promise<Servers> {
  const database = await startChild({ role: 'database', tableName: TABLE });
  const vendor = await startChild({ role: 'vendor', key: KEY, products, tasks });
  return {
    databaseEndpoint: database.endpoint,
    vendorEndpoint: vendor.endpoint,
    environment: {
      STAGE: 'bench',
      LOG_LEVEL: 'ERROR',
      TASK_TABLE: TABLE,
      DYNAMODB_ENDPOINT: database.endpoint,
      IOTCLOUD_ENDPOINT: vendor.endpoint,
      TENCENTCLOUD_SECRET_ID: KEY.secretId,
      TENCENTCLOUD_SECRET_KEY: KEY.secretKey,
      CREDENTIALS_LOCAL_KEY: Buffer.alloc(32, 7).toString('base64'),
    },
    freezeVendor: () => void vendor.child.kill('SIGSTOP'),
    thawVendor: () => void vendor.child.kill('SIGCONT'),
    close: () => {
      database.child.disconnect();
      vendor.child.kill('SIGCONT');
      vendor.child.disconnect();
    },
  };
}

/** A container whose log lines go nowhere, unless they are taken. */
export function createQuietContainer(environment: Servers['environment'], write: (line: string) => void = () => undefined): Container {
  return createContainer(environment, { write });
}
