// Owns the question how much is still encrypted or signed with the key before a rotation. It reads D1 through wrangler, with the
// statements of the store. Changes nothing.

import { endOf } from '../../src/store/audit-chain.ts';
import { isSignedWith } from '../../src/store/audit-hash.ts';
import { readAuditChain } from '../../src/store/audit-log.ts';
import { keyIds } from '../../src/store/encryption.ts';
import { countSealed } from '../../src/store/sealed-values.ts';
import type { CloudflareContext } from './cloudflare/context.ts';
import { queryDatabase } from './cloudflare/find-database.ts';

export interface ResealProgress {
  /** Values that the previous key encrypted. */
  readonly values: number;
  /** Ends of the audit log that the previous key signed. */
  readonly ends: number;
}

export async function resealProgress(
  context: CloudflareContext,
  encryptionKey: string,
  previousEncryptionKey: string,
): Promise<ResealProgress> {
  const db = readOnly(context);
  const ids = await keyIds({ encryptionKey, previousEncryptionKey });
  const [{ previous }, chain] = await Promise.all([countSealed(db, ids), readAuditChain(db)]);
  const ends =
    chain === null
      ? 0
      : (['first', 'last'] as const).filter((end) =>
          isSignedWith(previousEncryptionKey, end, endOf(chain, end)),
        ).length;
  return { values: previous, ends };
}

/** What the store needs of D1 to read: statements without parameters. */
function readOnly(context: CloudflareContext): D1Database {
  const prepare = (sql: string) => {
    const statement = {
      bind: (...parameters: readonly unknown[]) => {
        if (parameters.length > 0) throw new Error('wrangler runs only statements without parameters.');
        return statement;
      },
      all: async () => ({ results: await queryDatabase<Record<string, unknown>>(context, sql) }),
      raw: async () =>
        (await queryDatabase<Record<string, unknown>>(context, sql)).map((row) => Object.values(row)),
    };
    return statement;
  };
  return { prepare } as unknown as D1Database;
}
