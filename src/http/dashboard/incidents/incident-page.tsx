// Owns the page of one incident for the team: what to do, what happened, what each location saw, and who was notified.
// Does not read or change it. The evidence is that of the opening: at the end no location fails.
import type { LocationNames } from '../../../status-pages/location-names.ts';
import type { IncidentDetails } from '../../../store/incident-page.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import { Prose } from '../../status-page/prose.tsx';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import type { FormErrors, FormValues } from '../form.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Evidence } from './evidence-table.tsx';
import { incidentPath } from './incident-filters.ts';
import { endText, isOfJob, lastingText, VERDICT_WORDS } from './incident-words.ts';
import { JobEvidence } from './job-evidence.tsx';
import { Notified, type NotifiedProps } from './notified.tsx';
import { Readers } from './readers-part.tsx';
import { Take } from './take-form.tsx';
import { type TimelineEntry, timelineOf } from './timeline.ts';

export interface IncidentPageProps extends Omit<NotifiedProps, 'row'> {
  readonly row: IncidentRow;
  readonly details: IncidentDetails;
  readonly names: LocationNames;
  readonly newestFirst: boolean;
  /** Of the comment or the snooze that was refused. */
  readonly values?: FormValues;
  readonly errors?: FormErrors;
}

export const stateOf = ({ resolvedAt, acknowledgedAt }: IncidentRow) =>
  resolvedAt !== null ? 'resolved' : acknowledgedAt !== null ? 'acknowledged' : 'open';

export const IncidentContent = (props: IncidentPageProps) => {
  const { c, row, details, names, newestFirst } = props;
  const entries = timelineOf(row, details.actions, details.written, names);
  return (
    <>
      <div data-live="incident-head">
        <Head {...props} />
      </div>
      <div class="columns incident">
        <div class="take-part">
          <Take {...props} />
        </div>
        <div class="main-part">
          <section class="card" aria-labelledby="timeline" data-live="incident-timeline">
            <div class="head">
              <h2 id="timeline">Timeline</h2>
              <a class="small" href={`${incidentPath(row.id)}${newestFirst ? '?order=oldest' : ''}`}>
                {newestFirst ? 'Oldest first' : 'Newest first'}
              </a>
            </div>
            <ol class="timeline">
              {(newestFirst ? entries.toReversed() : entries).map((one) => (
                <Entry of={one} />
              ))}
            </ol>
          </section>
          {isOfJob(row) ? (
            <JobEvidence row={row} pings={details.pings} now={props.c.var.now} />
          ) : (
            <Evidence row={row} names={names} />
          )}
          <section class="card pad" aria-labelledby="readers" data-live="incident-readers">
            <h2 id="readers">What readers know</h2>
            <Readers c={c} row={row} written={details.written} />
          </section>
        </div>
        <div class="notified-part" data-live="incident-notified">
          <Notified {...props} />
        </div>
      </div>
    </>
  );
};

const Head = ({ c, row, details }: IncidentPageProps) => {
  const { now } = c.var;
  return (
    <p class="incident-state">
      <StateBadge state={stateOf(row)} />{' '}
      <span>
        {VERDICT_WORDS[row.verdict]}, since <Timestamp at={row.startedAt} exact />,{' '}
        {row.resolvedAt === null ? (
          <>
            for <RelativeTime since={row.startedAt} now={now} />
          </>
        ) : (
          `for ${lastingText(row, now)}. ${endText(row)}`
        )}
      </span>
      {row.acknowledgedBy === null || row.acknowledgedAt === null ? null : (
        <span>
          Acknowledged by <bdi>{row.acknowledgedBy}</bdi> at <Timestamp at={row.acknowledgedAt} />.
        </span>
      )}
      {row.snoozedUntil !== null && row.resolvedAt === null && row.snoozedUntil > now ? (
        <span>
          Snoozed until <Timestamp at={row.snoozedUntil} />.
        </span>
      ) : null}
      {details.monitor === null ? null : (
        <span>
          <a href={`/dashboard/monitors/${encodeURIComponent(row.monitorId)}`}>Go to the monitor</a>
        </span>
      )}
      {row.location === null ? null : (
        <span>
          <a href="/dashboard/locations">Go to the locations</a>
        </span>
      )}
    </p>
  );
};

const Entry = ({ of: { at, tone, title, by, via, lines, text, markdown, until } }: { of: TimelineEntry }) => (
  <li class={tone}>
    <span class="dot">
      <Icon tone={tone} />
    </span>
    <div>
      <h3>{title}</h3>
      <p class="small">
        <Timestamp at={at} exact />
        {by === null ? null : (
          <>
            {' · '}
            <bdi>{by}</bdi>
            {via === null ? '' : `, ${via}`}
          </>
        )}
        {until === null ? null : (
          <>
            {' · until '}
            <Timestamp at={until} />
          </>
        )}
      </p>
      {lines.map((line) => (
        <p>
          <bdi>
            <Breakable text={line} />
          </bdi>
        </p>
      ))}
      {text === null ? null : (
        <p class="said">
          <bdi>{text}</bdi>
        </p>
      )}
      {markdown === null ? null : <Prose markdown={markdown} below={3} />}
    </div>
  </li>
);
