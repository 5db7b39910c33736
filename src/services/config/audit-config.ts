// Owns what the audit log keeps of a configuration that is applied: one entry, with before and after of every entry that
// differs, by id.
import type { AuditRecord } from '../../store/audit.ts';
import type { Reference } from '../references/reference.ts';

/** One entry. `before` is null for a new one, `after` for a deleted one. */
export interface EntryDifference extends Pick<AuditRecord, 'before' | 'after'> {
  readonly id: string;
}

interface Differences {
  readonly monitors: readonly EntryDifference[];
  readonly channels: readonly EntryDifference[];
  readonly schedules: readonly EntryDifference[];
  readonly routes: readonly EntryDifference[];
  readonly statusPages: readonly EntryDifference[];
  readonly settings: readonly EntryDifference[];
  /** What the deletions removed from other entries. */
  readonly references: readonly Reference[];
}

export const configurationRecord = ({ references, ...kinds }: Differences): AuditRecord => ({
  action: 'configuration.applied',
  target: { type: 'configuration', id: 'configuration', name: 'configuration' },
  before: {
    ...sides('before', kinds),
    ...(references.length === 0 ? {} : { references }),
  },
  after: sides('after', kinds),
});

/** A kind without differences is left out. */
const sides = (
  side: 'before' | 'after',
  kinds: Readonly<Record<string, readonly EntryDifference[]>>,
): Record<string, object> =>
  Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, entries]) => {
      const present = entries.filter((entry) => entry[side] !== null);
      return present.length === 0
        ? []
        : [[kind, Object.fromEntries(present.map((entry) => [entry.id, entry[side]]))]];
    }),
  );
