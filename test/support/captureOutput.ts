import { format } from 'node:util';
import { vi } from 'vitest';

/** Takes all that this process writes, by the console or past it, until mocks are restored. @param keep gets whole lines */
export function captureOutput(keep: (text: string) => void): void {
  const take = (...values: unknown[]) => keep(`${format(...values)}\n`);
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) vi.spyOn(console, name).mockImplementation(take);
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      take(chunk);
      return true;
    });
}
