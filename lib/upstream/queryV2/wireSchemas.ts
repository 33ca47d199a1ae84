import * as z from 'zod/mini';
import { wireInt, wireText } from './envelope.ts';
import { createSecret } from '../../secret.ts';

// Shapes of the three actions' answers. Source: docs/legacy-api.md, "The batch trio".

// Credential strings are opaque: kept byte for byte, and secrets from here on.
const wireSecret = z.pipe(
  wireText,
  z.transform((value) => (value === undefined ? undefined : createSecret(value))),
);

// The line that begins a private key in PEM, of whatever kind and however it is spelled.
const PRIVATE_KEY = /BEGIN[^-]{0,80}PRIVATE\s*KEY/i;

// A certificate is public from here on: shown to every reader and stored in clear. A key in it must not be.
const wireCertificate = wireText.check(z.refine((value) => value === undefined || !PRIVATE_KEY.test(value)));

export const wireDevice = z.object({
  deviceName: z.string().check(z.minLength(1), z.maxLength(256)),
  result: wireInt,
  deviceCert: wireCertificate,
  devicePrivateKey: wireSecret,
  devicePsk: wireSecret,
  errMsg: wireText,
});

export type WireDevice = z.infer<typeof wireDevice>;

export const getMultiDevicesPayload = z.object({
  taskID: wireText,
  totalDevNum: wireInt.check(z.refine((value) => value >= 0)),
  listCreateDeviceInfo: z.array(wireDevice),
});

export type GetMultiDevicesPayload = z.infer<typeof getMultiDevicesPayload>;

export const getCreateMultiDevTaskPayload = z.object({
  taskID: wireText,
  taskStatus: wireInt.check(z.refine((value) => value >= 0 && value <= 2)),
});

export const createMultiDevicePayload = z.object({
  taskID: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
});
