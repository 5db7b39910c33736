// Owns the cookie that marks a browser in which a local person has signed in. It is not a credential: it only decides which
// failed attempts count together.
import type { Context } from 'hono';
import type { Device } from '../../services/local-accounts/failure-limit.ts';
import { newId } from '../../services/tokens.ts';
import { DEVICE_PLACE, seal, unseal } from '../../store/encryption.ts';
import { readCookie, writeCookie } from '../access/cookies.ts';
import type { HttpEnv } from '../context.ts';

const DAYS = 180;

/** Null if there is none, or it is not from here. */
export async function readDevice(c: Context<HttpEnv>): Promise<Device | null> {
  const sealed = readCookie(c, 'device');
  if (sealed === null) return null;
  try {
    return await unseal<Device>(c.var.config, DEVICE_PLACE, sealed);
  } catch {
    // The browser can send anything, also what a key of the past encrypted.
    return null;
  }
}

export async function rememberDevice(c: Context<HttpEnv>, personId: string): Promise<void> {
  const device: Device = { id: newId('dev'), personId };
  writeCookie(c, 'device', await seal(c.var.config, DEVICE_PLACE, device), DAYS * 86_400);
}
