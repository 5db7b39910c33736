// How a rotation sees what the old key still encrypts and signs: through wrangler, in the real tables.
import { expect, test } from 'vitest';
import { resealProgress } from '../../../../scripts/deploy/reseal-progress.ts';
import { newEncryptionKey } from '../../../../scripts/deploy/secrets-file.ts';
import { signEnd } from '../../../../src/store/audit-hash.ts';
import { seal, settingPlace } from '../../../../src/store/encryption.ts';
import { cloudflareRun, deployed, failures } from '../../../support/deploy/cloudflare-steps.ts';
import { FakeCloudflare } from '../../../support/deploy/fake-cloudflare.ts';
import { temporaryRoot } from '../../../support/deploy/temporary-root.ts';

test('values and ends of the audit log of the old key are counted, and those of the new key are not', async () => {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  expect(failures(await deployed(await cloudflareRun(root, cloudflare)))).toEqual([]);
  const [current, previous] = [newEncryptionKey(), newEncryptionKey()];
  const { context } = await cloudflareRun(root, cloudflare);
  expect(await resealProgress(context, current, previous)).toEqual({ values: 0, ends: 0 });

  const { sqlite } = cloudflare.databases.get('mesh')!;
  const write = async (name: string, encryptionKey: string): Promise<void> => {
    const sealed = await seal({ encryptionKey }, settingPlace(name), { secret: 1 });
    sqlite
      .prepare("insert into settings (name, value, sealed, updated_at) values (?, '{}', ?, 1)")
      .run(name, sealed);
  };
  await write('old', previous);
  await write('new', current);
  const end = { seq: 1, hash: 'a'.repeat(64) };
  sqlite
    .prepare(
      'insert into audit_chain (number, first_seq, first_previous, first_signature, last_seq, last_hash, last_signature) values (1, 1, ?, ?, 1, ?, ?)',
    )
    .run(
      end.hash,
      signEnd({ encryptionKey: current }, 'first', end, null),
      end.hash,
      signEnd({ encryptionKey: previous }, 'last', end, null),
    );
  expect(await resealProgress(context, current, previous)).toEqual({ values: 1, ends: 1 });
});
