// Owns who was notified of an incident and how it went, and what was not sent and why. A restricted person sees the
// channels, routes, windows and incidents inside the restriction. Does not decide what is sent.
import type { Context } from 'hono';
import type { Restriction } from '../../../access/restriction.ts';
import { isInside, isScopeInside } from '../../../access/restriction.ts';
import type { EventType } from '../../../channels/events.ts';
import { isBeginning } from '../../../channels/pairs.ts';
import type { Held, HeldReason } from '../../../services/incidents/held-back.ts';
import type { IncidentDetails, SentDelivery, SentNotification } from '../../../store/incident-page.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon, type Tone } from '../../ui/icons.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { incidentPath } from './incident-filters.ts';
import { eventText } from './incident-words.ts';

export interface NotifiedProps {
  readonly c: Context<HttpEnv>;
  readonly row: IncidentRow;
  readonly details: IncidentDetails;
  readonly held: readonly Held[];
  readonly restriction: Restriction;
}

export const Notified = ({ c, row, details, held, restriction }: NotifiedProps) => {
  const isShown = ({ channel }: SentDelivery): boolean =>
    restriction === null || (channel !== null && isInside(restriction, channel));
  const shown = details.deliveries.filter(isShown);
  const waiting = waitingText(row, details, c.var.now);
  return (
    <>
      <section class="card pad" aria-labelledby="notified">
        <h2 id="notified">Who was notified</h2>
        {row.location !== null ? (
          <p>
            Notifications about a location belong to no incident. See{' '}
            <a href="/dashboard/deliveries">the deliveries</a>.
          </p>
        ) : details.notifications.length === 0 ? (
          <p>No notification was raised.</p>
        ) : (
          <ol class="sent">
            {details.notifications.map((notification) => (
              <Sent
                notification={notification}
                deliveries={shown.filter(({ notificationId }) => notificationId === notification.id)}
                hasHidden={details.deliveries.some(
                  (one) => one.notificationId === notification.id && !isShown(one),
                )}
                restriction={restriction}
              />
            ))}
          </ol>
        )}
        {waiting}
      </section>
      {row.location !== null ? null : (
        <section class="card pad" aria-labelledby="held">
          <h2 id="held">Suppressed</h2>
          {held.length === 0 ? (
            <p>Nothing was held back.</p>
          ) : (
            <ul class="sent">
              {held.map((one) => (
                <HeldItem held={one} details={details} row={row} restriction={restriction} />
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
};

const STATES = {
  pending: { label: 'Waiting', tone: 'calm' },
  delivered: { label: 'Delivered', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  superseded: { label: 'Not needed any more', tone: 'calm' },
  merged: { label: 'In another message', tone: 'good' },
} as const satisfies Record<SentDelivery['state'], { label: string; tone: Tone }>;

const Sent = ({
  notification: { event, at },
  deliveries,
  hasHidden,
  restriction,
}: {
  notification: SentNotification;
  deliveries: readonly SentDelivery[];
  hasHidden: boolean;
  restriction: Restriction;
}) => (
  <li>
    <h3>{eventText(event)}</h3>
    <p class="small">
      <code>{event}</code> <Timestamp at={at} exact />
    </p>
    {deliveries.length === 0 ? (
      <p>
        {hasHidden
          ? 'Only on channels that you cannot see.'
          : isBeginning(event as EventType)
            ? 'On no channel: no route, monitor or default names one.'
            : 'On no channel: none was notified before.'}
      </p>
    ) : (
      <ul>
        {deliveries.map((one) => (
          <Delivery of={one} restriction={restriction} />
        ))}
      </ul>
    )}
  </li>
);

const Delivery = ({ of, restriction }: { of: SentDelivery; restriction: Restriction }) => {
  const { label, tone } = STATES[of.state];
  const { channel, route, attempts } = of;
  const isRouteShown = route !== null && isInside(restriction, route);
  return (
    <li class={tone}>
      <span class={`state ${tone}`}>
        <Icon tone={tone} />
        {label}
      </span>{' '}
      <bdi>
        <Breakable text={channel?.name ?? of.channelId} />
      </bdi>{' '}
      <span class="small">
        {channel === null ? '(deleted channel)' : `(${channel.type})`}
        {isRouteShown ? (
          <>
            , by the route <bdi>{route.name}</bdi>
          </>
        ) : of.routeId === null ? (
          ', by the monitor or the default channels'
        ) : (
          ', by a route'
        )}
        {of.finishedAt === null ? null : (
          <>
            , <Timestamp at={of.finishedAt} exact />
          </>
        )}
        {attempts === 0 ? '' : `, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`}
        {of.nextAttemptAt === null ? null : (
          <>
            , next attempt <Timestamp at={of.nextAttemptAt} exact />
          </>
        )}
      </span>
      {of.lastError === null ? null : (
        <p class="small">
          <bdi>
            <Breakable text={of.lastError} />
          </bdi>
        </p>
      )}
    </li>
  );
};

/** What is due next, or why nothing is. */
function waitingText(
  { acknowledgedAt, resolvedAt, snoozedUntil }: IncidentRow,
  { alerts }: IncidentDetails,
  now: number,
) {
  if (resolvedAt !== null) return null;
  if (acknowledgedAt !== null)
    return <p class="small">No reminder and no escalation follows: the incident is acknowledged.</p>;
  const open = alerts.find(({ endedAt }) => endedAt === null);
  if (open === undefined) return null;
  const heldUntil = Math.max(0, ...open.plan.routes.map((route) => route.heldUntil ?? 0));
  return (
    <>
      {snoozedUntil !== null && snoozedUntil > now ? (
        <p class="small">
          Reminders and escalation pause until <Timestamp at={snoozedUntil} />.
        </p>
      ) : null}
      {heldUntil > now ? (
        <p class="small">
          Quiet hours of a route hold the opening until <Timestamp at={heldUntil} />.
        </p>
      ) : null}
      {open.nextAt === null ? (
        <p class="small">No reminder and no escalation is planned.</p>
      ) : (
        <p class="small">
          The next reminder or escalation is due <Timestamp at={open.nextAt} />.
        </p>
      )}
    </>
  );
}

interface HeldProps extends Pick<NotifiedProps, 'details' | 'row' | 'restriction'> {
  readonly held: Held;
}

const HeldItem = ({ held: { what, at, sentAt, reason, isSure }, details, row, restriction }: HeldProps) => (
  <li class="warn">
    <h3>{what === 'beginning' ? 'The opening' : 'The end'}</h3>
    <p>
      {isSure ? null : 'Probably: '}
      <ReasonText reason={reason} details={details} row={row} restriction={restriction} />
    </p>
    {isSure ? null : (
      <p class="small">The reason is not stored. This is what would hold it back by what is stored now.</p>
    )}
    <p class="small">
      Raised <Timestamp at={at} exact />
      {sentAt === null ? (
        ', not sent.'
      ) : (
        <>
          , sent <Timestamp at={sentAt} exact />.
        </>
      )}
    </p>
  </li>
);

const KINDS = { maintenance: 'maintenances', silence: 'silences' } as const;

const ReasonText = ({
  reason,
  details,
  row,
  restriction,
}: Omit<HeldProps, 'held'> & { reason: HeldReason }) => {
  if (reason.by === 'maintenance' || reason.by === 'silence') {
    const window = details.windows.find(({ kind, id }) => kind === reason.by && id === reason.id);
    const isShown = window !== undefined && isScopeInside(restriction, window, new Set([row.monitorId]));
    return (
      <>
        {reason.by === 'maintenance' ? 'Under maintenance' : 'Silenced'}
        {isShown ? (
          <>
            {': '}
            <a href={`/dashboard/maintenance/${KINDS[reason.by]}/${encodeURIComponent(reason.id)}`}>
              <bdi>{reason.name}</bdi>
            </a>
          </>
        ) : null}
        {', until '}
        <Timestamp at={reason.until} />.
      </>
    );
  }
  if (reason.by === 'dependency') {
    const { incident } = reason;
    return isInside(restriction, incident) ? (
      <>
        A monitor that it depends on,{' '}
        <a href={incidentPath(incident.id)}>
          <bdi>{incident.monitorName}</bdi>
        </a>
        , had a problem: only that problem is notified.
      </>
    ) : (
      <>A monitor that it depends on had a problem: only that problem is notified.</>
    );
  }
  if (reason.by === 'flapping')
    return (
      <>
        The monitor was flapping since <Timestamp at={reason.since} />: single changes are not notified.
      </>
    );
  if (reason.by === 'paused') return <>The monitor is paused.</>;
  return (
    <>
      What held it back is not stored any more: a maintenance or a silence that was deleted, or a wait of
      seconds for another verdict.
    </>
  );
};
