import type { PageLookup, StoredPage } from '../../lib/deviceTasks/ports.ts';

/** The page a look-up found, if any. */
export async function pageOf(lookup: Promise<PageLookup>): Promise<StoredPage | undefined> {
  const found = await lookup;
  return found.kind === 'found' ? found.page : undefined;
}
