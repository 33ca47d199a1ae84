import type { Clock } from '../clock.ts';
import type { ReportFault } from '../deviceTasks/ports.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;

/** Writes what nobody else knows, in spite of a table that is away for a moment. @throws what the last attempt throws */
export async function persist<T>(write: () => Promise<T>, clock: Clock, reportFault: ReportFault): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      reportFault('part-not-written', error);
      await clock.sleep(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}
