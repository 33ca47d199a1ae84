/**
 * A key no other creation has. It is no secret, so that without `crypto` (React Native, pages without
 * TLS) the time and chance are enough.
 */
export function createIdempotencyKey(): string {
  const { crypto } = globalThis as { crypto?: { randomUUID?: () => string } }; // not on every platform
  if (crypto?.randomUUID !== undefined) return crypto.randomUUID();
  const chance = () => Math.random().toString(36).slice(2);
  return `${Date.now().toString(36)}-${chance()}${chance()}`;
}
