// Owns the one list of what happened in an incident: what was measured, what people did, and what readers were told. Pure.
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { IncidentActionRow } from '../../../store/incident-actions.ts';
import type { WrittenIncident } from '../../../store/incident-page.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { Tone } from '../../ui/icons.tsx';
import {
  endText,
  evidenceOf,
  isOfJob,
  quorumText,
  resultText,
  STATUS_WORDS,
  VERDICT_WORDS,
} from './incident-words.ts';

export interface TimelineEntry {
  readonly at: number;
  readonly tone: Tone;
  readonly title: string;
  /** Who did it. Null: it was measured. */
  readonly by: string | null;
  /** How it came, such as `by Slack`. Null: by this dashboard or the API. */
  readonly via: string | null;
  readonly lines: readonly string[];
  /** Plain text of a person, with its line breaks. */
  readonly text: string | null;
  /** Markdown of an update for readers. */
  readonly markdown: string | null;
  /** Until when the incident is snoozed. */
  readonly until: number | null;
}

const entry = (
  fields: Pick<TimelineEntry, 'at' | 'tone' | 'title'> & Partial<TimelineEntry>,
): TimelineEntry => ({
  ...{ by: null, via: null, lines: [], text: null, markdown: null, until: null },
  ...fields,
});

/** Oldest first. Entries of the same time stay in the order in which they happened. */
export function timelineOf(
  row: IncidentRow,
  actions: readonly IncidentActionRow[],
  written: readonly WrittenIncident[],
  names: LocationNames,
): readonly TimelineEntry[] {
  return [
    ...beginning(row, names),
    ...actions.map(actionEntry),
    ...written.flatMap(({ title, state, updates }) =>
      updates.map((update) =>
        entry({
          at: update.at,
          tone: update.status === 'resolved' ? 'good' : 'calm',
          title: `${state === 'draft' ? 'Draft for readers' : 'Update for readers'}: ${STATUS_WORDS[update.status]}`,
          by: update.authorName === '' ? 'The coordinator' : update.authorName,
          lines: [title, ...(update.notify === 1 ? ['Subscribers were notified.'] : [])],
          markdown: update.body,
        }),
      ),
    ),
    ...ending(row),
  ].toSorted((a, b) => a.at - b.at);
}

function beginning(row: IncidentRow, names: LocationNames): TimelineEntry[] {
  const tone = row.verdict === 'down' || row.verdict === 'lost' ? 'bad' : 'warn';
  if (row.location !== null) {
    const title = row.verdict === 'lost' ? 'The location was lost' : 'The location was quarantined';
    const lines = [quorumText(row)].filter((text) => text !== '');
    return [entry({ at: row.startedAt, tone, title, lines })];
  }
  const failing = evidenceOf(row).filter(({ vote }) => vote === 'failing');
  // One entry for each first failure would be a table: that one stands beside.
  const first = failing.toSorted((a, b) => (a.since ?? '').localeCompare(b.since ?? ''))[0];
  const seen =
    first === undefined
      ? []
      : isOfJob(row)
        ? [first.detail ?? `${resultText(first)}.`]
        : [`${locationName(first.location, names)}: ${resultText(first)}.`];
  const later = failing
    .filter(({ since }) => since !== null && Date.parse(since) > row.startedAt && since !== first?.since)
    .map(({ location, since, ...rest }) =>
      entry({
        at: Date.parse(since!),
        tone: 'warn',
        title: `${locationName(location, names)} failed too`,
        lines: [`${resultText({ location, since, ...rest })}.`],
      }),
    );
  return [
    entry({ at: row.startedAt, tone: 'warn', title: 'First failure', lines: seen }),
    ...later,
    entry({
      at: row.detectedAt,
      tone,
      title: `Confirmed: ${VERDICT_WORDS[row.verdict].toLowerCase()}`,
      lines: [quorumText(row)].filter((text) => text !== ''),
    }),
  ];
}

const ending = (row: IncidentRow): TimelineEntry[] =>
  row.resolvedAt === null
    ? []
    : [
        entry({
          at: row.resolvedAt,
          tone: 'good',
          title: row.reason === null ? 'Recovered' : 'Closed',
          lines: row.reason === null ? [] : [endText(row)],
        }),
      ];

const ACTIONS = {
  acknowledged: 'Acknowledged',
  unacknowledged: 'Acknowledgement withdrawn',
  snoozed: 'Snoozed',
  commented: 'Comment',
} as const satisfies Record<IncidentActionRow['action'], string>;

const VIA: Readonly<Record<string, string>> = {
  link: 'with a link of a message',
  slack: 'in Slack',
  pagerduty: 'in PagerDuty',
};

const actionEntry = ({ action, at, actorName, via, text, snoozedUntil }: IncidentActionRow): TimelineEntry =>
  entry({
    ...{ at, tone: 'calm', title: ACTIONS[action], by: actorName, text, until: snoozedUntil },
    via: VIA[via] ?? null,
  });
