// Owns the sentences about an incident for the team: its headline, where it was seen, and what each location saw. Pure.
import { z } from 'zod';
import { phaseSchema } from '../../../channels/observation-fields.ts';
import { duration } from '../../../channels/time-text.ts';
import { isHeartbeatLocation } from '../../../engine/model/heartbeat.ts';
import { en } from '../../../status-pages/languages/en.ts';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { IncidentRow } from '../../../store/incidents.ts';

export const VERDICT_WORDS = {
  down: 'Down',
  partial: 'Partial',
  quarantined: 'Location quarantined',
  lost: 'Location lost',
} as const satisfies Record<IncidentRow['verdict'], string>;

/** It was not seen from locations: the job of a heartbeat reported, or did not. */
export const isOfJob = ({ scope }: { readonly scope: readonly string[] }): boolean =>
  scope.some((id) => isHeartbeatLocation({ id }));

/** `São Paulo, Oregon and 2 more, 4 of 6`, with at most two names. */
export function scopeText(
  { scope, locations }: { readonly scope: readonly string[]; readonly locations: number | null },
  names: LocationNames,
): string {
  if (locations === null) return '';
  if (isOfJob({ scope })) return 'The job';
  const shown = scope.slice(0, 2).map((id) => locationName(id, names));
  const more = scope.length - shown.length;
  const places = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${places}${places === '' ? '' : ', '}${scope.length} of ${locations}`;
}

const votes = z.object({
  required: z.number().optional(),
  failing: z.number().optional(),
  passing: z.number().optional(),
  abstaining: z.number().optional(),
});

/** `4 of 6 locations failed, 4 were needed.` */
export function quorumText({
  quorum,
  location,
  scope,
}: Pick<IncidentRow, 'quorum' | 'location' | 'scope'>): string {
  if (isOfJob({ scope })) return '';
  if (location !== null) {
    const { failedMonitors, checkedMonitors } = quorum as Record<string, number | undefined>;
    return failedMonitors === undefined || checkedMonitors === undefined
      ? ''
      : `It failed ${failedMonitors} of ${checkedMonitors} monitors.`;
  }
  const { required, failing, passing = 0, abstaining = 0 } = votes.catch({}).parse(quorum);
  if (failing === undefined) return '';
  const voters = failing + passing;
  const needed = required === undefined ? '' : `, ${required} ${required === 1 ? 'was' : 'were'} needed`;
  const silent = abstaining === 0 ? '' : ` ${abstaining} abstained.`;
  return `${failing} of ${voters} ${voters === 1 ? 'location' : 'locations'} failed${needed}.${silent}`;
}

/** `Web shop is down at 4 of 6 locations` */
export function headlineOf(row: IncidentRow, names: LocationNames): string {
  const isOver = row.resolvedAt !== null;
  if (row.location !== null) {
    const place = locationName(row.location, names);
    const word = row.verdict === 'lost' ? 'lost' : 'quarantined';
    return `${place} ${isOver ? 'was' : 'is'} ${word}`;
  }
  const { failing = 0, passing = 0, abstaining = 0 } = votes.catch({}).parse(row.quorum);
  const all = failing + passing + abstaining;
  const where = all === 0 || isOfJob(row) ? '' : ` at ${row.scope.length} of ${all} locations`;
  const what = row.verdict === 'down' ? 'down' : 'failing';
  return `${row.monitorName} ${isOver ? 'was' : 'is'} ${what}${where}`;
}

const evidence = z.object({
  location: z.string(),
  vote: z.enum(['failing', 'passing', 'abstaining']),
  streak: z.number().catch(0),
  since: z.string().nullable().catch(null),
  outcome: z.string().nullable().catch(null),
  code: z.string().nullable().catch(null),
  detail: z.string().nullable().catch(null),
  observedAt: z.string().nullable().catch(null),
  phase: phaseSchema.nullish().catch(null),
  timings: z.record(z.string(), z.number().optional()).catch({}),
});
export type ShownEvidence = z.output<typeof evidence>;

/** Rows of earlier versions lack fields that came later. */
export const evidenceOf = (row: Pick<IncidentRow, 'evidence'>): ShownEvidence[] =>
  row.evidence.flatMap((given) => {
    const parsed = evidence.safeParse(given);
    return parsed.success ? [parsed.data] : [];
  });

const CODE_WORDS: Readonly<Record<string, string>> = {
  refused: 'connection refused',
  timeout: 'timed out',
  reset: 'connection reset',
  unreachable: 'not reachable',
  dns: 'the name was not resolved',
  tls: 'the TLS handshake failed',
  unexpected_reply: 'unexpected reply',
  unexpected_open: 'open, unexpectedly',
  forbidden_address: 'the address is forbidden',
  missed: 'no ping in time',
  never_seen: 'no first ping',
  job_failed: 'the job failed',
  too_long: 'the job runs too long',
};

/** `timed out while connecting` */
export function resultText({ outcome, vote, code, phase }: ShownEvidence): string {
  if (code === null) return outcome === null || vote === 'abstaining' ? 'No measurement' : 'Ok';
  const words = CODE_WORDS[code] ?? code.replaceAll('_', ' ');
  const text = `${words}${phase ? ` ${en.incident.phases[phase]}` : ''}`;
  return outcome === 'unmeasured' ? `Not measured: ${text}` : `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

const TIMINGS = [
  ['dnsMs', 'name'],
  ['connectMs', 'connect'],
  ['tlsMs', 'TLS'],
  ['firstByteMs', 'first byte'],
  ['totalMs', 'total'],
] as const;

/** `name 4 ms, connect 31 ms, total 36 ms` */
export const timingsText = ({ timings }: ShownEvidence): string =>
  TIMINGS.flatMap(([key, word]) => {
    const value = timings[key];
    return value === undefined ? [] : [`${word} ${value < 10 ? value.toFixed(1) : Math.round(value)} ms`];
  }).join(', ');

/** `for 12 min` */
export const lastingText = (row: Pick<IncidentRow, 'startedAt' | 'resolvedAt'>, now: number): string =>
  duration((row.resolvedAt ?? now) - row.startedAt);

export const endText = ({ reason }: Pick<IncidentRow, 'reason'>): string =>
  reason === null ? 'It recovered.' : en.incidents.endReasons[reason];

export const STATUS_WORDS = en.incidents.statuses;
export const IMPACT_WORDS = en.incidents.impacts;

/** `incident.opened` is "Opened". */
export function eventText(event: string): string {
  const words = event.slice(event.indexOf('.') + 1).replaceAll('_', ' ');
  return `${words[0]!.toUpperCase()}${words.slice(1)}`;
}
