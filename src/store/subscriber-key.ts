// Owns the key of subscribers: made once, stored encrypted among the settings, so that a rotation of the encryption key
// changes no link and no hash.
import { eq } from 'drizzle-orm';
import { decodeBase64, type EncryptionKeys } from '../encryption-key.ts';
import type { SubscriberKey } from '../status-pages/subscription-link.ts';
import { database } from './database.ts';
import { seal, settingPlace, unseal } from './encryption.ts';
import { settings } from './schema.ts';

const NAME = 'subscribers';
const KEY_BYTES = 32;

/** The newest one by its encrypted form: almost every request of a subscriber needs it. */
let opened: { readonly sealed: string; readonly key: SubscriberKey } | null = null;

/** Makes the key if there is none. Of several requests that make it, the first one counts. */
export async function loadSubscriberKey(
  db: D1Database,
  keys: EncryptionKeys,
  now: number,
): Promise<SubscriberKey> {
  const sealed = (await findSealed(db)) ?? (await makeKey(db, keys, now));
  if (opened?.sealed === sealed) return opened.key;
  const bytes = decodeBase64(await unseal<string>(keys, settingPlace(NAME), sealed));
  if (bytes === null || bytes.length !== KEY_BYTES)
    throw new Error('the key of subscribers is malformed: restore the row "subscribers" of the settings');
  opened = { sealed, key: { bytes } };
  return opened.key;
}

async function findSealed(db: D1Database): Promise<string | null> {
  const rows = await database(db)
    .select({ sealed: settings.sealed })
    .from(settings)
    .where(eq(settings.name, NAME));
  return rows[0]?.sealed ?? null;
}

async function makeKey(db: D1Database, keys: EncryptionKeys, now: number): Promise<string> {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const sealed = await seal(keys, settingPlace(NAME), btoa(String.fromCharCode(...bytes)));
  await database(db)
    .insert(settings)
    .values({ name: NAME, value: {}, sealed, updatedAt: now })
    .onConflictDoNothing();
  return (await findSealed(db)) ?? sealed;
}
