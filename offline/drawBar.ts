const WIDTH = 30;

/** Draws a progress bar over the one before it. @param share from 0 to 1 */
export function drawBar(share: number, label: string): void {
  const done = Math.round(WIDTH * share);
  process.stdout.write(`\r[${'#'.repeat(done)}${'.'.repeat(WIDTH - done)}] ${label}`);
}
