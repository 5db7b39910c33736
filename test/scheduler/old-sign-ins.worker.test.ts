// What local accounts leave behind: invitations that are over and failures of the past are deleted, and the secrets of
// authenticator apps are encrypted again after a rotation of the key.
import { expect, test } from 'vitest';
import { prune } from '../../src/scheduler/prune.ts';
import { resealSecrets } from '../../src/scheduler/reseal.ts';
import { seal, totpPlace, unseal } from '../../src/store/encryption.ts';
import { findPerson } from '../../src/store/people.ts';
import { bindings, clock } from '../support/d1/http-mesh.ts';
import { addPasswordAccount, addPerson, countRows, invite, keys } from '../support/d1/local-accounts.ts';

const { DB } = bindings;
const HOUR_MS = 3_600_000;

test('an invitation that is over and failures of more than a day ago are deleted, newer ones stay', async () => {
  clock.now = Date.now();
  await DB.prepare('INSERT INTO shards (number, tick, tick_at) VALUES (0, 1, ?1)').bind(clock.now).run();
  const [old, fresh] = [await addPerson('viewer'), await addPerson('viewer')];
  await invite(old.id, clock.now - 73 * HOUR_MS);
  await invite(fresh.id);
  const failure = DB.prepare('INSERT INTO sign_in_failures (key, failures, since) VALUES (?1, 3, ?2)');
  await DB.batch([failure.bind('old', clock.now - 25 * HOUR_MS), failure.bind('fresh', clock.now - HOUR_MS)]);
  await prune({ db: DB, comparedClock: () => clock.now }, clock.now);
  expect([await countRows('invitations', old.id), await countRows('invitations', fresh.id)]).toEqual([0, 1]);
  const { results } = await DB.prepare('SELECT key FROM sign_in_failures').all();
  expect(results).toEqual([{ key: 'fresh' }]);
});

test('the secret of an authenticator app is encrypted with the new key after a rotation, and stays the same', async () => {
  const { id, totpSecret } = await addPasswordAccount();
  const next = { encryptionKey: btoa('another key of thirty-two bytes!') };
  await resealSecrets(DB, { ...next, previousEncryptionKey: keys.encryptionKey });
  const sealed = (await findPerson(DB, id))!.totpSecret!;
  expect(await unseal(next, totpPlace(id), sealed)).toBe(totpSecret);
  await expect(unseal(keys, totpPlace(id), sealed)).rejects.toThrow(/cannot be decrypted/);
  const foreign = await seal(next, totpPlace('per_other'), totpSecret);
  await expect(unseal(next, totpPlace(id), foreign)).rejects.toThrow(/belongs to another row/);
});
