import type { ResultsPage } from '../../lib/deviceTasks/paging.ts';
import type { Lookup } from '../../lib/deviceTasks/ports.ts';

/** The page a look-up found, if any, and when it expires. */
export async function pageOf(lookup: Promise<Lookup<ResultsPage>>): Promise<(ResultsPage & { readonly expiresAtS: number }) | undefined> {
  const found = await lookup;
  return found.kind === 'found' ? { ...found.value, expiresAtS: found.expiresAtS } : undefined;
}
