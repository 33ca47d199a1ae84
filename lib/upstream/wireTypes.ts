import * as z from 'zod/mini';
import { createSecret } from '../secret.ts';

/** An integer; any documented one may arrive as a string (`"code": "0"`). */
export const wireInt = z.pipe(
  z.union([z.int(), z.string().check(z.regex(/^-?\d{1,15}$/))]),
  z.transform((value) => Number(value)),
);

/** A text that may be missing; `null` and `""` say the same. */
export const wireText = z.pipe(
  z.optional(z.nullable(z.string())),
  z.transform((value) => value || undefined),
);

/** Key material: opaque, kept byte for byte, and a secret from here on. */
export const wireSecret = z.pipe(
  wireText,
  z.transform((value) => (value === undefined ? undefined : createSecret(value))),
);

// The line that begins a private key in PEM, of whatever kind and however it is spelled.
const PRIVATE_KEY = /BEGIN[^-]{0,80}PRIVATE\s*KEY/i;

/** A certificate is public from here on: shown to every reader and stored in clear. A key in it must not be. */
export const wireCertificate = wireText.check(z.refine((value) => value === undefined || !PRIVATE_KEY.test(value)));

export const wireDeviceName = z.string().check(z.minLength(1), z.maxLength(256));

/** A task id that fits into our paths. */
export const wireTaskId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/));

export const wireCount = wireInt.check(z.refine((value) => value >= 0));

const STATUSES = ['pending', 'running', 'completed'] as const;

/** 0 not started, 1 running, 2 done. */
export const wireTaskStatus = z.pipe(z.pipe(wireInt, z.transform((value) => STATUSES[value])), z.enum(STATUSES));
