// Owns the signed link with which a person acknowledges an incident: how it is made and read. Pure except for the key
// derivation. Does not know whether the incident is open, or who opens the link.
import { isEqualText } from './constant-time.ts';
import { decodeKey, type EncryptionKeys } from './encryption-key.ts';

/** An id can name another channel after a deletion, so the time of its creation is a part of it. */
export interface LinkedChannel {
  readonly id: string;
  /** Ms since the epoch. */
  readonly createdAt: number;
}

/** What a link proves: that it was made here, for this incident and for a message to this channel. */
export interface AcknowledgeLink {
  readonly incidentId: string;
  readonly channel: LinkedChannel;
  /** The link works before this time, ms since the epoch. */
  readonly expiresAt: number;
}

/** A message is read days later at most. A reminder has a newer link. */
export const LINK_LIFETIME_MS = 7 * 86_400_000;

/** Half of a SHA-256: a link in an SMS is short, and 2^128 signatures cannot be tried. */
const MAC_BYTES = 16;
const TOKEN =
  /^([A-Za-z0-9_-]{1,100})\.([a-z0-9-]{1,63})\.([0-9a-z]{1,11})\.([0-9a-z]{1,8})\.([A-Za-z0-9_-]{22})$/;

/**
 * The address of the page with the button. `sentAt` is the time of the notification, not of the attempt: a retry has the
 * same link.
 */
export async function acknowledgeUrl(
  keys: EncryptionKeys,
  publicUrl: string,
  incidentId: string,
  channel: LinkedChannel,
  sentAt: number,
): Promise<string> {
  const expiresAt = Math.ceil((sentAt + LINK_LIFETIME_MS) / 1_000);
  const signed = `${incidentId}.${channel.id}.${channel.createdAt.toString(36)}.${expiresAt.toString(36)}`;
  const key = await importLinkKey(keys.encryptionKey);
  return `${publicUrl}/acknowledge/${signed}.${toBase64Url(await mac(key, signed))}`;
}

/** What the token of a link names. Null if this mesh did not make it. One that has expired is returned too. */
export async function readAcknowledgeToken(
  keys: EncryptionKeys,
  token: string,
): Promise<AcknowledgeLink | null> {
  const [, incidentId = '', channelId = '', created = '', time = '', given = ''] = TOKEN.exec(token) ?? [];
  if (given === '') return null;
  const signed = `${incidentId}.${channelId}.${created}.${time}`;
  const texts = [keys.encryptionKey, keys.previousEncryptionKey].filter((text) => text !== undefined);
  const matches = await Promise.all(
    texts.map(async (text) => isEqualText(toBase64Url(await mac(await importLinkKey(text), signed)), given)),
  );
  if (!matches.includes(true)) return null;
  const channel = { id: channelId, createdAt: Number.parseInt(created, 36) };
  return { incidentId, channel, expiresAt: Number.parseInt(time, 36) * 1_000 };
}

async function mac(key: CryptoKey, text: string): Promise<Uint8Array> {
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text));
  return new Uint8Array(signature).subarray(0, MAC_BYTES);
}

/** RFC 4648, section 5, without padding. */
const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

/** The newest keys by the text that they are derived from: one delivery run makes many links. */
const derived = new Map<string, CryptoKey>();
const MAX_DERIVED = 4;

/** RFC 5869: derived from the encryption key, and separate from what else is derived from it. */
async function importLinkKey(encryptionKey: string): Promise<CryptoKey> {
  const known = derived.get(encryptionKey);
  if (known) return known;
  const bytes = decodeKey(encryptionKey);
  if (typeof bytes === 'string') throw new Error(`ENCRYPTION_KEY ${bytes}`);
  const base = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode('probemesh acknowledge link');
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    base,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
  if (derived.size >= MAX_DERIVED) derived.clear();
  derived.set(encryptionKey, key);
  return key;
}
