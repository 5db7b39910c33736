// Owns the page "Who would be notified?": the question as a form in the address, and the answer in words. Notifies nobody.
import { eventTypes, isReserved, type Severity } from '../../../channels/events.ts';
import { duration } from '../../../channels/time-text.ts';
import type { Preview, PreviewRecipient } from '../../../services/routes/preview.ts';
import type { SuppressedAt } from '../../../services/routes/suppressed-at.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import { Timestamp } from '../../ui/times.tsx';
import { Notice } from '../notice.tsx';
import { CHANNELS, pathOf, ROUTES, SCHEDULES, WHO } from './section.tsx';

interface QuestionProps {
  /** As typed. */
  readonly monitor: string;
  readonly event: string;
  readonly at: string;
  readonly suggested: AlertingSetup['suggested'];
  readonly errors: { readonly monitor?: string | undefined; readonly at?: string | undefined };
}

const EVENTS = eventTypes.filter((event) => !isReserved(event) && event !== 'test');

export const Question = ({ monitor, event, at, suggested, errors }: QuestionProps) => (
  <form method="get" action={WHO} class="filters card pad">
    <div class="field search">
      <label for="monitor">Monitor</label>
      <input
        type="search"
        id="monitor"
        name="monitor"
        value={monitor}
        list="monitors"
        maxlength={120}
        data-search
        placeholder="Name or id. Empty: about probemesh itself"
        {...(errors.monitor ? { 'aria-invalid': 'true', 'aria-describedby': 'monitor-error' } : {})}
      />
      <datalist id="monitors">
        {suggested.map(({ id, name }) => (
          <option value={id}>{name}</option>
        ))}
      </datalist>
      {errors.monitor ? (
        <p class="error" id="monitor-error">
          {errors.monitor}
        </p>
      ) : null}
    </div>
    <div class="field">
      <label for="event">Event</label>
      <select id="event" name="event">
        {EVENTS.map((one) => (
          <option value={one} selected={one === event}>
            {one}
          </option>
        ))}
      </select>
    </div>
    <div class="field">
      <label for="at">When (UTC, empty: now)</label>
      <input
        type="datetime-local"
        id="at"
        name="at"
        value={at}
        {...(errors.at ? { 'aria-invalid': 'true', 'aria-describedby': 'at-error' } : {})}
      />
      {errors.at ? (
        <p class="error" id="at-error">
          {errors.at}
        </p>
      ) : null}
    </div>
    <button type="submit" class="primary">
      Show
    </button>
  </form>
);

const SOURCES: Readonly<Record<Preview['source'], string>> = {
  monitor: 'The monitor lists its own channels, so routes do not apply.',
  routes: 'Routes decide.',
  defaults: 'No route matches, so the default channels get it.',
  follow_up:
    'It follows on an opening: exactly the channels that got the opening get it, whatever the routes say now.',
  none: 'No route names this warning, so nobody is notified. It is recorded.',
};

const MISMATCHES: Readonly<Record<string, string>> = {
  tags: 'the monitor has none of its tags',
  monitors: 'it does not list the monitor',
  groups: 'the monitor is in none of its groups',
  severities: 'it is not for this severity',
  events: 'it is not for this event',
  times: 'it does not apply at this time',
  warning: 'it names neither this event nor the severity "warning"',
  earlier_route: 'an earlier route matched and decides alone',
  disabled: 'it is disabled',
};

interface AnswerProps {
  readonly preview: Preview;
  readonly suppressed: readonly SuppressedAt[];
  readonly monitorName: string | null;
  readonly schedules: ReadonlyMap<string, string>;
  readonly isNow: boolean;
}

export const Answer = ({ preview, suppressed, monitorName, schedules, isNow }: AnswerProps) => {
  const { event, severity, at, recipients, source, routes } = preview;
  const reached = recipients.filter(({ channel }) => channel.enabled);
  return (
    <>
      {suppressed.length === 0 ? null : (
        <Notice
          tone="warn"
          title={isNow ? 'Right now, nobody would be notified.' : 'At that time, nobody would be notified.'}
        >
          <ul>
            {suppressed.map((one) => (
              <li>
                <SuppressedText of={one} />
              </li>
            ))}
          </ul>
          <p>Without that, the answer is:</p>
        </Notice>
      )}
      <section class="card pad" aria-labelledby="answer">
        <h2 id="answer">
          {reached.length === 0
            ? 'Nobody would be notified'
            : `${reached.length === 1 ? 'One notification' : `${reached.length} notifications`} would be sent`}
        </h2>
        <p class="answer">
          {monitorName === null ? 'About probemesh itself' : <bdi>{monitorName}</bdi>}: <code>{event}</code>,{' '}
          {SEVERITIES[severity]}, at <Timestamp at={at} />. {SOURCES[source]}
        </p>
        {recipients.length === 0 ? (
          source === 'follow_up' ? null : (
            <p>
              No channel is named. <a href={ROUTES}>Add a route</a>, or a{' '}
              <a href={CHANNELS}>default channel</a>.
            </p>
          )
        ) : (
          <ol class="recipients">
            {recipients.map((one) => (
              <li>
                <Recipient of={one} at={at} schedules={schedules} />
              </li>
            ))}
          </ol>
        )}
      </section>
      {routes.length === 0 ? null : (
        <section aria-labelledby="why">
          <h2 id="why">Each route, from the top</h2>
          <ol class="list">
            {routes.map(({ id, name, mismatch, repeatMinutes }) => (
              <li>
                <div>
                  <p>
                    <a href={pathOf(ROUTES, id)}>
                      <bdi>{name}</bdi>
                    </a>{' '}
                    {mismatch === null ? (
                      <span class="badge good">Applies</span>
                    ) : (
                      <span class="badge no_data">Does not apply</span>
                    )}
                  </p>
                  <p class="note">
                    {mismatch === null
                      ? repeatMinutes === null
                        ? 'No reminders.'
                        : `Reminds every ${duration(repeatMinutes * 60_000)}.`
                      : `Because ${MISMATCHES[mismatch] ?? mismatch}.`}
                  </p>
                </div>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
};

const SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  warning: 'a warning',
  info: 'for information',
};

const Recipient = ({
  of: { channel, route, step, at: due, waitsFor, onCall, fallback },
  at,
  schedules,
}: {
  of: PreviewRecipient;
  at: number;
  schedules: ReadonlyMap<string, string>;
}) => (
  <>
    <strong>{due <= at ? 'At once' : `After ${duration(due - at)}`}</strong>
    {': '}
    <a href={pathOf(CHANNELS, channel.id)}>
      <bdi>{channel.name}</bdi>
    </a>
    {channel.enabled ? null : <span class="badge warn">Disabled: gets nothing</span>}
    <br />
    <span class="small">
      {onCall === null ? null : (
        <>
          reaches <bdi>{onCall.person.name}</bdi>, on call in{' '}
          <a href={pathOf(SCHEDULES, onCall.schedule)}>
            <bdi>{schedules.get(onCall.schedule) ?? onCall.schedule}</bdi>
          </a>
          {' · '}
        </>
      )}
      {fallback ? 'nobody on call can be reached, so a default channel gets it · ' : ''}
      {route === null ? 'no route' : `route ${route.name}, step ${step}`}
      {WAITS[waitsFor]}
    </span>
  </>
);

const WAITS: Readonly<Record<PreviewRecipient['waitsFor'], string>> = {
  nothing: '',
  delay: ' · unless it is over by then',
  quiet_hours: ' · held by quiet hours, and left out if it is over by then',
  escalation: ' · unless it is acknowledged by then',
};

const SuppressedText = ({ of }: { of: SuppressedAt }) => {
  if (of.by === 'paused') return <>The monitor is paused: it is not checked.</>;
  if (of.by === 'flapping')
    return <>The monitor flaps: single changes are suppressed, and an incident that lasts is sent.</>;
  if (of.by === 'dependency')
    return (
      <>
        It depends on{' '}
        {of.id === null ? (
          'a monitor that you cannot see'
        ) : (
          <a href={`/dashboard/monitors/${encodeURIComponent(of.id)}`}>
            <bdi>{of.name}</bdi>
          </a>
        )}
        , which is down.
      </>
    );
  return (
    <>
      {of.by === 'maintenance' ? 'A maintenance' : 'A silence'} covers it until <Timestamp at={of.until} />
      {of.name === null ? '.' : <>: </>}
      {of.name === null ? null : <bdi>{of.name}</bdi>}
    </>
  );
};
