// Owns the table of the certificates that locations see: what a commit writes of it, and how it is read. Nothing decides by it.
import { eq, type SQL, sql } from 'drizzle-orm';
import type { SeenCertificate } from '../engine/model/certificate.ts';
import type { EntryDraft } from '../engine/model/journal.ts';
import type { State } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { certificates, monitorStates, type StoredCertificate } from './schema.ts';

/** What one location saw. */
export interface CertificatesOfReport {
  readonly location: number;
  readonly seen: readonly SeenCertificate[];
}

/** A target that shows another certificate in every run is written this often from a location. */
const REWRITE_MS = 600_000;
/** What this Worker has written is written again after this long: nothing if the row is the same. */
const REPEAT_MS = 3_600_000;
/** Of one commit. The others follow with their next run. */
const MAX_WRITTEN = 1_000;
const MAX_REMEMBERED = 200_000;

interface Written {
  readonly mark: string;
  /** When the location began to check the target. */
  readonly assignedAt: number | null;
  readonly at: number;
}

/** By monitor and location: what needs no statement. An empty memory costs statements, and no rows. */
const memories = new WeakMap<D1Database, Map<string, Written>>();

export interface CertificateWrite {
  readonly statements: readonly Statement[];
  /** Once they are committed. */
  markWritten(): void;
}

export function writeCertificates(
  db: D1Database,
  state: State,
  report: CertificatesOfReport | undefined,
): CertificateWrite {
  const location = report && state.locations.get(report.location);
  if (!location) return { statements: [], markWritten: () => {} };
  const written = memories.get(db) ?? new Map<string, Written>();
  memories.set(db, written);
  const rows = new Map<number, object>();
  const marks = new Map<string, Written>();
  for (const certificate of report.seen) {
    if (rows.size >= MAX_WRITTEN) break;
    const { monitor: number, startedAt, fingerprint, ...stored } = certificate;
    const status = state.monitors.get(number)?.byLocation.get(location.number);
    // A run that began before the target, or the location, was the monitor's does not count.
    if (!status || (status.assignedAt !== null && startedAt < status.assignedAt)) continue;
    const key = `${number} ${location.number}`;
    const mark = `${fingerprint.slice(0, 16)} ${certificate.chainValidTo ?? ''}`;
    const { assignedAt } = status;
    const last = written.get(key);
    const known = last?.assignedAt === assignedAt ? last : undefined;
    const ageMs = known ? state.at - known.at : Number.POSITIVE_INFINITY;
    // The clock may have gone back.
    if (ageMs >= 0 && ageMs < (known?.mark === mark ? REPEAT_MS : REWRITE_MS)) continue;
    marks.set(key, { mark, assignedAt, at: state.at });
    rows.set(number, {
      ...{ number, seen: JSON.stringify({ [location.id]: fingerprint }), updatedAt: state.at },
      byFingerprint: JSON.stringify({ [fingerprint]: stored satisfies StoredCertificate }),
    });
  }
  return {
    statements: inParts([...rows.values()]).map((json) => upsert(db, json)),
    markWritten: () => {
      if (written.size + marks.size > MAX_REMEMBERED) written.clear();
      for (const [key, mark] of marks) written.set(key, mark);
    },
  };
}

/** What other locations see stays, and certificates that no location sees any more go. A row that is the same is not written. */
function upsert(db: D1Database, json: string): Statement {
  const { seen, byFingerprint } = certificates;
  const patched = (column: SQL | typeof seen | typeof byFingerprint, name: string): SQL =>
    sql`json_patch(${column}, excluded.${sql.identifier(name)})`;
  const allSeen = patched(seen, seen.name);
  const all = patched(byFingerprint, byFingerprint.name);
  return insertFrom(
    db,
    certificates,
    fieldsOf(certificates),
    sql`from json_each(${json}) n where true`,
  ).onConflictDoUpdate({
    target: certificates.number,
    set: {
      seen: allSeen,
      byFingerprint: sql`(select json_group_object(c.key, json(c.value)) from json_each(${all}) c
        where c.key in (select s.value from json_each(${allSeen}) s))`,
      updatedAt: sql`excluded.updated_at`,
    },
    setWhere: sql`${allSeen} is not ${seen} or ${all} is not ${byFingerprint}`,
  });
}

/** The certificate of an earlier target is none of the new one. */
export function forgetTargets(db: D1Database, entry: EntryDraft): Statement[] {
  if (entry.kind !== 'change') return [];
  const numbers = entry.changes.flatMap((change) =>
    change.type === 'monitor.target_changed' ? [change.number] : [],
  );
  if (numbers.length === 0) return [];
  return [
    database(db)
      .delete(certificates)
      .where(sql`${certificates.number} in (select value from json_each(${JSON.stringify(numbers)}))`),
  ];
}

/** A certificate and the locations that see it. */
export interface LocatedCertificate extends StoredCertificate {
  readonly fingerprint: string;
  readonly locations: readonly string[];
}

export interface StoredCertificates {
  readonly seen: Readonly<Record<string, string>>;
  readonly byFingerprint: Readonly<Record<string, StoredCertificate>>;
}

/** As JSON of a row of a query. */
export const certificatesJson = (number: SQL): SQL =>
  sql`(select json_object('seen', json(seen), 'byFingerprint', json(by_fingerprint)) from ${certificates}
    where ${certificates.number} = ${number})`;

/** Of these locations. The one that most of them see is the first; of equals the newest. */
export const locatedCertificates = (
  { seen, byFingerprint }: StoredCertificates,
  locations: readonly string[],
): LocatedCertificate[] =>
  Object.entries(byFingerprint)
    .map(([fingerprint, certificate]) => ({
      ...certificate,
      fingerprint,
      locations: locations.filter((id) => seen[id] === fingerprint),
    }))
    .filter((one) => one.locations.length > 0)
    .sort(
      (a, b) =>
        b.locations.length - a.locations.length ||
        (b.validFrom ?? 0) - (a.validFrom ?? 0) ||
        (a.fingerprint < b.fingerprint ? -1 : 1),
    );

/** Null: no location has reported one. */
export async function readCertificates(db: D1Database, number: number): Promise<StoredCertificates | null> {
  const [row] = await database(db).select().from(certificates).where(eq(certificates.number, number));
  return row ?? null;
}

/** The earliest end of the chains that its locations see, by monitor. One statement. */
export async function readEarliestEnds(db: D1Database): Promise<ReadonlyMap<number, number>> {
  const rows = await database(db)
    .select({
      number: certificates.number,
      endsAt: sql<number | null>`(
        select min(coalesce(c.value ->> 'chainValidTo', c.value ->> 'validTo'))
        from json_each(${monitorStates.votes}) v
        join json_each(${certificates.seen}) s on s.key = v.value ->> 1
        join json_each(${certificates.byFingerprint}) c on c.key = s.value)`,
    })
    .from(certificates)
    .innerJoin(monitorStates, eq(monitorStates.number, certificates.number));
  return new Map(rows.flatMap(({ number, endsAt }) => (endsAt === null ? [] : [[number, endsAt]])));
}
