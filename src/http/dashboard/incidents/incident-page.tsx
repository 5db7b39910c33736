// Owns the page of one incident for the team: what to do, what happened, what each location saw, and who was notified.
// Does not read or change it. The evidence is that of the opening: at the end no location fails.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { LocationNames } from '../../../status-pages/location-names.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import type { IncidentDetails, WrittenIncident } from '../../../store/incident-page.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { Prose } from '../../status-page/prose.tsx';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Form, type FormErrors, type FormValues, Select } from '../form.tsx';
import { Action } from '../parts/parts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { INCIDENTS_PATH } from './incident-filters.ts';
import {
  endText,
  evidenceOf,
  lastingText,
  quorumText,
  resultText,
  STATUS_WORDS,
  timingsText,
  VERDICT_WORDS,
} from './incident-words.ts';
import { Notified, type NotifiedProps } from './notified.tsx';
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

export const incidentPath = (id: string): string => `${INCIDENTS_PATH}/${encodeURIComponent(id)}`;

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
        <div>
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
          <Evidence row={row} names={names} />
          <section class="card pad" aria-labelledby="readers" data-live="incident-readers">
            <h2 id="readers">What readers know</h2>
            <Readers c={c} row={row} written={details.written} />
          </section>
        </div>
        <div>
          <Take {...props} />
          <div data-live="incident-notified">
            <Notified {...props} />
          </div>
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

const VOTES = { failing: 'Failing', passing: 'Passing', abstaining: 'Abstaining' } as const;

const Evidence = ({ row, names }: { row: IncidentRow; names: LocationNames }) => {
  const evidence = evidenceOf(row);
  if (row.location !== null) return null;
  return (
    <section class="card" aria-labelledby="evidence">
      <h2 id="evidence">What each location saw</h2>
      {evidence.length === 0 ? (
        <p class="pad">
          {row.evidenceDeletedAt === null ? (
            'No evidence is stored for this incident.'
          ) : (
            <>
              The evidence expired and was deleted at <Timestamp at={row.evidenceDeletedAt} />. It is kept for{' '}
              <code>EVIDENCE_DAYS</code> after the end of an incident.
            </>
          )}
        </p>
      ) : (
        <>
          <p class="pad small">When the incident was confirmed. {quorumText(row)}</p>
          <section class="scroll" tabindex={0} aria-label="Evidence by location">
            <table class="grid stacks">
              <thead>
                <tr>
                  <th scope="col">Location</th>
                  <th scope="col">Vote</th>
                  <th scope="col">Result</th>
                  <th scope="col">Since</th>
                </tr>
              </thead>
              <tbody>
                {evidence.map((one) => (
                  <tr>
                    <th scope="row">
                      {locationName(one.location, names)}
                      <br />
                      <small>{one.location}</small>
                    </th>
                    <td>
                      <span
                        class={`state ${one.vote === 'failing' ? 'bad' : one.vote === 'passing' ? 'good' : 'no_data'}`}
                      >
                        <Icon
                          tone={one.vote === 'failing' ? 'bad' : one.vote === 'passing' ? 'good' : 'no_data'}
                        />
                        {VOTES[one.vote]}
                      </span>
                    </td>
                    <td>
                      {resultText(one)}
                      {one.detail === null || one.detail === '' ? null : (
                        <>
                          <br />
                          <small>
                            <bdi>
                              <Breakable text={one.detail} />
                            </bdi>
                          </small>
                        </>
                      )}
                      {timingsText(one) === '' ? null : (
                        <>
                          <br />
                          <small>{timingsText(one)}</small>
                        </>
                      )}
                    </td>
                    <td>
                      {one.since === null ? '–' : <Timestamp at={Date.parse(one.since)} exact />}
                      {one.streak > 1 ? (
                        <>
                          <br />
                          <small>{one.streak} times in a row</small>
                        </>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  );
};

const Readers = ({
  c,
  row,
  written,
}: {
  c: Context<HttpEnv>;
  row: IncidentRow;
  written: readonly WrittenIncident[];
}) => {
  const mayPublish = row.location === null && mayUse(c, 'POST /dashboard/incidents/:id/publish');
  const path = `${incidentPath(row.id)}/publish`;
  return (
    <>
      {written.length === 0 ? (
        <p>
          {row.location !== null
            ? 'Readers do not see incidents of locations.'
            : row.public
              ? 'Status pages show what was measured, as far as they lead with it. Nobody has written to readers.'
              : 'The monitor is private, and nobody has written to readers.'}
        </p>
      ) : (
        <ul class="written">
          {written.map((one) => (
            <li>
              <strong>
                <bdi>
                  <Breakable text={one.title} />
                </bdi>
              </strong>{' '}
              <span class="pill">{one.state === 'draft' ? 'Draft' : STATUS_WORDS[one.status]}</span>
              {one.state === 'published' ? (
                <>
                  {' '}
                  <a href={`/incidents/${encodeURIComponent(one.id)}`}>See it as readers do</a>
                </>
              ) : null}
              {mayPublish ? (
                <>
                  {' '}
                  <a href={`${path}?public=${encodeURIComponent(one.id)}`}>
                    {one.state === 'draft' ? 'Review and publish' : 'Write an update'}
                  </a>
                </>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {mayPublish && written.length === 0 ? (
        <p>
          <a class="button" href={path}>
            Publish an update
          </a>
        </p>
      ) : null}
    </>
  );
};

/** In minutes. */
export const SNOOZES = [
  ['15', '15 minutes'],
  ['30', '30 minutes'],
  ['60', '1 hour'],
  ['240', '4 hours'],
  ['480', '8 hours'],
  ['1440', '1 day'],
  ['10080', '1 week'],
] as const;

const Take = ({ c, row, values = {}, errors = {} }: IncidentPageProps) => {
  const path = incidentPath(row.id);
  const isOpen = row.resolvedAt === null;
  const mayAct = mayUse(c, 'POST /dashboard/incidents/:id/acknowledge');
  if (!mayAct) return null;
  const isSnoozed = row.snoozedUntil !== null && row.snoozedUntil > c.var.now;
  return (
    <section class="card pad take" aria-labelledby="take">
      <h2 id="take">{isOpen ? 'Take it' : 'Comment'}</h2>
      {!isOpen ? null : (
        <div data-live="incident-take">
          {row.acknowledgedAt === null ? (
            <p class="actions">
              <Optimistic c={c} action={`${path}/acknowledge`}>
                <button type="submit" class="primary">
                  Acknowledge
                </button>
              </Optimistic>
              {isSnoozed ? <Action c={c} action={`${path}/unacknowledge`} label="End the snooze" /> : null}
            </p>
          ) : (
            <p class="actions">
              <Action c={c} action={`${path}/unacknowledge`} label="Withdraw the acknowledgement" />
            </p>
          )}
          <p class="small">An acknowledgement stops reminders and escalation until the incident ends.</p>
        </div>
      )}
      {!isOpen ? null : (
        <Form c={c} action={`${path}/snooze`} class="snooze">
          <Select
            name="minutes"
            label="Snooze for"
            value={values.minutes ?? '60'}
            error={errors.minutes}
            hint="Reminders and escalation pause, and continue afterwards."
            options={SNOOZES.map(([value, label]) => ({ value, label }))}
          />
          <button type="submit" class="quiet">
            Snooze
          </button>
        </Form>
      )}
      <Form c={c} action={`${path}/comments`} id="comment">
        <div class="field">
          <label for="text">Comment for the team</label>
          <p class="note" id="text-hint">
            Everyone who was notified gets it. Readers do not.
          </p>
          <textarea
            id="text"
            name="text"
            rows={3}
            maxlength={2000}
            required
            aria-describedby={errors.text ? 'text-hint text-error' : 'text-hint'}
            {...(errors.text ? { 'aria-invalid': 'true' } : {})}
          >
            {values.text ?? ''}
          </textarea>
          {errors.text ? (
            <p class="error" id="text-error">
              {errors.text}
            </p>
          ) : null}
        </div>
        <button type="submit" class="quiet">
          Comment
        </button>
      </Form>
    </section>
  );
};

/** The island shows the new state before the answer is there. */
const Optimistic = ({ c, action, children }: { c: Context<HttpEnv>; action: string; children: Child }) => (
  <span data-optimistic="acknowledged">
    <Form c={c} action={action} class="inline">
      {children}
    </Form>
  </span>
);
