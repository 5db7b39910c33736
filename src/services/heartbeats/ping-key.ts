// Owns the key of a heartbeat's ping address: how it is made, found and shown. Does not store it.
import type { EncryptionKeys } from '../../encryption-key.ts';
import { toHex } from '../../hex.ts';
import { heartbeatPlace, seal, unseal } from '../../store/encryption.ts';

/** 144 random bits. */
const KEY_BYTES = 18;
/** What a key looks like: anything else is not looked up. */
export const PING_KEY = /^[A-Za-z0-9_-]{24}$/;

export interface PingKey {
  readonly key: string;
  readonly keyHash: string;
  readonly sealedKey: string;
}

/** A new key of the heartbeat with this number. */
export async function makePingKey(keys: EncryptionKeys, number: number): Promise<PingKey> {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const key = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  return {
    key,
    keyHash: await hashPingKey(key),
    sealedKey: await seal(keys, heartbeatPlace(number), key),
  };
}

/** SHA-256 as hex. The key is random, so its hash needs no salt. */
export async function hashPingKey(key: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))));
}

/** Throws if the key cannot be decrypted. */
export const openPingKey = (keys: EncryptionKeys, number: number, sealed: string): Promise<string> =>
  unseal<string>(keys, heartbeatPlace(number), sealed);

export const pingUrl = (publicUrl: string, key: string): string => `${publicUrl}/ping/${key}`;
