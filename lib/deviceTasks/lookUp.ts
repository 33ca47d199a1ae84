import type { ReportFault } from './ports.ts';

/** What asking the store brought: a value, nothing, or no answer at all. */
export type LookUp<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable' };

/** The value a look-up brought, if any. */
export function valueOf<T>(lookedUp: LookUp<T>): T | undefined {
  return lookedUp.kind === 'found' ? lookedUp.value : undefined;
}

/** Asks the store; its faults are reported, never thrown: the cache may fail in any way. */
export async function lookUp<T>(read: () => Promise<T | undefined>, reportFault: ReportFault): Promise<LookUp<T>> {
  try {
    const value = await read();
    return value === undefined ? { kind: 'absent' } : { kind: 'found', value };
  } catch (error) {
    reportFault('cache-read-failed', error);
    return { kind: 'unreachable' };
  }
}
