// Verifies the audit log: every entry against the one before it, and both ends against their signatures.
// Does not repair anything. An older copy of the whole log verifies too: compare its head with the one you recorded.
import type { EncryptionKeys } from '../../encryption-key.ts';
import { type AuditChain, endOf, readActors } from '../../store/audit-chain.ts';
import {
  type ChainFault,
  type ChainPosition,
  type End,
  follow,
  isSigned,
  markOf,
} from '../../store/audit-hash.ts';
import {
  type AuditEntryRow,
  type AuditStart,
  readAuditChain,
  readAuditEntries,
  readAuditStart,
} from '../../store/audit-log.ts';

export const AUDIT_PROBLEMS = [
  'emptied',
  'missing',
  'changed',
  'unexpected',
  'signature',
  'unproven',
] as const;

export interface AuditProblem {
  readonly code: (typeof AUDIT_PROBLEMS)[number];
  /** The first entry that is concerned. Null if none is left to name. */
  readonly seq: number | null;
  readonly detail: string;
}

export interface AuditVerification {
  /** Entries that were verified, up to the first that is wrong. */
  readonly entries: number;
  /** Number of the oldest kept entry, and the hash before it. Null if nothing was ever written. */
  readonly first: ChainPosition | null;
  /** Number and hash of the newest entry. Null if nothing was ever written. */
  readonly head: ChainPosition | null;
  /** Empty: the log is whole. */
  readonly problems: readonly AuditProblem[];
}

/** Old entries may be deleted meanwhile. */
const MAX_ATTEMPTS = 3;

export async function verifyAudit(db: D1Database, keys: EncryptionKeys): Promise<AuditVerification> {
  for (let attempt = 1; ; attempt += 1) {
    const start = await readAuditStart(db);
    const { chain } = start;
    if (chain === null) return withoutEnds(db, start);
    const { entries, problem } = await walkEntries(db, chain, start);
    const moved = problem !== null && (await readAuditChain(db))?.firstSeq !== chain.firstSeq;
    if (moved && attempt < MAX_ATTEMPTS) continue;
    return {
      entries,
      first: { seq: chain.firstSeq, hash: chain.firstPrevious },
      head: { seq: chain.lastSeq, hash: chain.lastHash },
      problems: [
        ...(problem === null ? [] : [problem]),
        ...endProblems(keys, chain, 'first'),
        ...endProblems(keys, chain, 'last'),
      ],
    };
  }
}

/** The signed ends are missing: nothing was ever written, or they were removed. */
async function withoutEnds(db: D1Database, { rows }: AuditStart): Promise<AuditVerification> {
  const nothing = { entries: 0, first: null, head: null };
  const [oldest] = rows;
  if (oldest)
    return {
      ...nothing,
      problems: [
        {
          code: 'signature',
          seq: oldest.seq,
          detail:
            'The signed ends of the log were removed, so no entry is proven. Restore the table audit_chain from a backup.',
        },
      ],
    };
  const { hasActors } = await readActors(db);
  if (!hasActors) return { ...nothing, problems: [] };
  const detail =
    'The log is empty, although API keys or people exist: each left an entry when it was created. The entries were removed. Compare with your newest export.';
  return { ...nothing, problems: [{ code: 'emptied', seq: null, detail }] };
}

interface Walked {
  readonly entries: number;
  readonly problem: AuditProblem | null;
}

/** Entries that are written meanwhile are left out: they are beyond the end that was read. */
async function walkEntries(db: D1Database, chain: AuditChain, start: AuditStart): Promise<Walked> {
  let position: ChainPosition = { seq: chain.firstSeq, hash: chain.firstPrevious };
  let entries = 0;
  let rows: readonly AuditEntryRow[] = start.rows;
  while (rows.length > 0) {
    for (const row of rows) {
      if (row.seq > chain.lastSeq) break;
      const followed = follow(position, row);
      if (typeof followed === 'string')
        return { entries, problem: faultOf(followed, followed === 'missing' ? position.seq : row.seq) };
      position = followed;
      entries += 1;
    }
    if (rows.at(-1)!.seq >= chain.lastSeq) break;
    rows = await readAuditEntries(db, rows.at(-1)!.seq + 1);
  }
  return { entries, problem: endFault(chain, start, position) };
}

function endFault(chain: AuditChain, { newest }: AuditStart, reached: ChainPosition): AuditProblem | null {
  if (reached.seq <= chain.lastSeq) return faultOf('missing', reached.seq);
  if (reached.hash !== chain.lastHash) return faultOf('changed', chain.lastSeq);
  return newest !== null && newest > chain.lastSeq ? faultOf('misplaced', chain.lastSeq + 1) : null;
}

const FAULTS: Record<ChainFault, Pick<AuditProblem, 'code'> & { readonly text: (seq: number) => string }> = {
  missing: { code: 'missing', text: (seq) => `Entry ${seq} is missing. It was removed.` },
  misplaced: {
    code: 'unexpected',
    text: (seq) => `Entry ${seq} is outside the signed ends of the log. It was inserted.`,
  },
  changed: {
    code: 'changed',
    text: (seq) =>
      `The hash of entry ${seq} does not match its content and the entry before it. It was changed, or an entry was inserted, removed or moved here.`,
  },
};

const faultOf = (fault: ChainFault, seq: number): AuditProblem => {
  const { code, text } = FAULTS[fault];
  return { code, seq, detail: `${text(seq)} Compare with your newest export.` };
};

function endProblems(keys: EncryptionKeys, chain: AuditChain, end: End): AuditProblem[] {
  const stored = endOf(chain, end);
  if (!isSigned(keys, end, stored)) {
    const detail = `No configured key signed the ${end} end of the log, at entry ${stored.seq}. Entries there were changed or removed, or ENCRYPTION_KEY was replaced without ENCRYPTION_KEY_PREVIOUS.`;
    return [{ code: 'signature', seq: stored.seq, detail }];
  }
  const mark = markOf(stored.signature);
  if (mark === null || mark < chain.firstSeq) return [];
  const detail = `The ${end} end of the log was not signed when entry ${mark} was its newest: entries up to ${mark} may have been changed or removed then. Entries after it are proven.`;
  return [{ code: 'unproven', seq: mark, detail }];
}
