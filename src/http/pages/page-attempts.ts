// Owns how often a network may try the password of a status page, and that a mailed link works once.
import { hashToken } from '../../services/tokens.ts';
import { runBatch } from '../../store/database.ts';
import { countFailure, uncountFailure } from '../../store/sign-in-failures.ts';
import { isUseConflict, useToken } from '../../store/used-tokens.ts';
import type { Grant } from './page-grant.ts';

const LIMIT = { periodMs: 15 * 60_000, max: 10 } as const;

/** What is taken back if the attempt did not fail. */
export type Counted = string;

/** Counts an attempt before it is verified: attempts that arrive together cannot exceed the limit. Null: there were too many. */
export async function beginPassword(
  db: D1Database,
  pageId: string,
  network: string,
  now: number,
): Promise<Counted | null> {
  const key = await hashToken(`status page ${pageId} ${network}`);
  const counted = await countFailure(db, key, LIMIT, now);
  return counted !== null && counted.failures <= LIMIT.max ? key : null;
}

export const takeBackPassword = (db: D1Database, counted: Counted): Promise<void> =>
  uncountFailure(db, counted);

/** False: the link was used before. */
export async function consumeLink(
  db: D1Database,
  pageId: string,
  { subject, expiresAt }: Grant,
  now: number,
): Promise<boolean> {
  const hash = await hashToken(`page link ${pageId} ${subject}`);
  try {
    await runBatch(db, [useToken(db, hash, 'page_link', now, expiresAt)]);
    return true;
  } catch (error) {
    if (isUseConflict(error)) return false;
    throw error;
  }
}
