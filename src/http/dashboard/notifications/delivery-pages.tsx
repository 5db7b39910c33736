// Owns the list of deliveries and the page of one. Shows no body, address or secret. Does not send.
// More than 300 lines: a list with filters, and every fact of a delivery with its words.
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { eventTypes, isReserved } from '../../../channels/events.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import { DELIVERY_STATES, type DeliveryRow } from '../../../store/deliveries.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Action, Empty } from '../parts/parts.tsx';
import { DELIVERY_WORDS, DeliveryState } from './delivery-words.tsx';
import { type Names, namesIn } from './route-text.tsx';
import { CHANNELS, DELIVERIES, pathOf, ROUTES } from './section.tsx';

export const deliveryPath = ({
  notificationId,
  channelId,
}: Pick<DeliveryRow, 'notificationId' | 'channelId'>): string =>
  `${pathOf(DELIVERIES, notificationId)}/${encodeURIComponent(channelId)}`;

export interface DeliveryFilterValues {
  readonly channel: string;
  readonly state: string;
  readonly event: string;
  readonly monitor: string;
  readonly incident: string;
}

interface DeliveriesProps {
  readonly c: Context<HttpEnv>;
  readonly rows: readonly DeliveryRow[];
  readonly setup: AlertingSetup;
  readonly values: DeliveryFilterValues;
  /** Address of the page with older ones. Null on the last one. */
  readonly older: string | null;
}

export const Deliveries = ({ c, rows, setup, values, older }: DeliveriesProps) => {
  const names = namesIn(setup, c.var.caller.restriction);
  const isFiltered = Object.values(values).some((value) => value !== '');
  return (
    <>
      <Filters values={values} names={names} isFiltered={isFiltered} />
      {rows.length === 0 ? (
        <Empty
          title={isFiltered ? 'No delivery matches' : 'Nothing was sent yet'}
          next={!isFiltered && older === null && { href: CHANNELS, label: 'Go to the channels' }}
        >
          {older === null ? (
            <p>
              {isFiltered
                ? 'Change the filter. Notifications that a maintenance, a silence, a dependency or flapping suppressed have no delivery: the page of the incident says why.'
                : 'When a monitor goes down, each channel that is notified has a line here. To see that a channel works, send a test.'}
            </p>
          ) : (
            <p>Nothing among the newest notifications. Look at older ones.</p>
          )}
        </Empty>
      ) : (
        <div class="card" data-live="deliveries">
          <table class="grid stacks">
            <thead>
              <tr>
                <th scope="col">Notification</th>
                <th scope="col">Channel</th>
                <th scope="col">State</th>
                <th scope="col">Answer</th>
                <th scope="col">
                  <span class="hidden">Redeliver</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr data-row>
                  <th scope="row">
                    <a href={deliveryPath(row)}>
                      <code>{row.event}</code>
                    </a>
                    <br />
                    <small>
                      <Timestamp at={row.at} />
                      {row.monitorId === null ? null : (
                        <>
                          {' · '}
                          <bdi>{row.monitorId}</bdi>
                        </>
                      )}
                    </small>
                  </th>
                  <td>
                    <bdi>{names.channels.get(row.channelId) ?? row.channelId}</bdi>
                  </td>
                  <td>
                    <DeliveryState state={row.state} />
                    <br />
                    <small>
                      <AttemptsText of={row} now={c.var.now} />
                    </small>
                  </td>
                  <td class="why">
                    <small>
                      <Breakable
                        text={row.lastError ?? (row.lastStatus === null ? '' : `Status ${row.lastStatus}`)}
                      />
                    </small>
                  </td>
                  <td>{row.state === 'failed' ? <Redeliver c={c} of={row} /> : null}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {older === null ? null : (
        <p class="pager">
          <a class="button quiet" href={older} rel="next">
            Older
          </a>
        </p>
      )}
    </>
  );
};

const AttemptsText = ({
  of: { attempts, turn, state, nextAttemptAt },
  now,
}: {
  of: DeliveryRow;
  now: number;
}) => (
  <>
    {attempts === 0
      ? state === 'pending'
        ? 'no attempt yet'
        : 'no message of its own'
      : attempts === 1
        ? '1 attempt'
        : `${attempts} attempts`}
    {state === 'pending' && turn === 'waiting' && nextAttemptAt > now ? (
      <>
        , next <Timestamp at={nextAttemptAt} />
      </>
    ) : null}
  </>
);

const mayBeRedelivered = ({ state }: DeliveryRow): boolean => state !== 'pending' && state !== 'superseded';

const Redeliver = ({ c, of }: { c: Context<HttpEnv>; of: DeliveryRow }) =>
  mayBeRedelivered(of) && mayUse(c, 'POST /dashboard/deliveries/:notificationId/:channelId/redeliver') ? (
    <Action
      c={c}
      action={`${deliveryPath(of)}/redeliver`}
      label="Redeliver"
      describe={`Redeliver ${of.event} to ${of.channelId}`}
    />
  ) : null;

const Filters = ({
  values,
  names,
  isFiltered,
}: {
  values: DeliveryFilterValues;
  names: Names;
  isFiltered: boolean;
}) => (
  <form method="get" action={DELIVERIES} class="filters">
    <Choice
      name="channel"
      label="Channel"
      value={values.channel}
      options={[...names.channels].map(([value, label]) => ({ value, label }))}
    />
    <Choice
      name="state"
      label="State"
      value={values.state}
      options={DELIVERY_STATES.map((value) => ({ value, label: DELIVERY_WORDS[value].label }))}
    />
    <Choice
      name="event"
      label="Event"
      value={values.event}
      options={eventTypes.filter((event) => !isReserved(event)).map((value) => ({ value, label: value }))}
    />
    <div class="field">
      <label for="monitor">Monitor (id)</label>
      <input type="search" id="monitor" name="monitor" value={values.monitor} maxlength={63} data-search />
    </div>
    <div class="field">
      <label for="incident">Incident (id)</label>
      <input type="search" id="incident" name="incident" value={values.incident} maxlength={200} />
    </div>
    <button type="submit">Filter</button>
    {isFiltered ? (
      <a class="button quiet" href={DELIVERIES}>
        Show all
      </a>
    ) : null}
  </form>
);

const Choice = ({
  name,
  label,
  value,
  options,
}: {
  name: string;
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
}) => (
  <div class="field">
    <label for={name}>{label}</label>
    <select id={name} name={name}>
      <option value="">All</option>
      {options.some((option) => option.value === value) || value === '' ? null : (
        <option value={value} selected>
          {value}
        </option>
      )}
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </div>
);

interface DeliveryProps {
  readonly c: Context<HttpEnv>;
  readonly row: DeliveryRow;
  readonly setup: AlertingSetup;
}

export const DeliveryPage = ({ c, row, setup }: DeliveryProps) => {
  const names = namesIn(setup, c.var.caller.restriction);
  const route = setup.routes.find((one) => one.id === row.routeId && isInside(c.var.caller.restriction, one));
  const channel = names.channels.get(row.channelId);
  return (
    <>
      <div class="columns">
        <section class="card pad" aria-labelledby="state" data-live="delivery">
          <h2 id="state">What became of it</h2>
          <p>
            <DeliveryState state={row.state} />
          </p>
          <p>{DELIVERY_WORDS[row.state].about}</p>
          <dl class="facts">
            <dt>Attempts</dt>
            <dd>
              <AttemptsText of={row} now={c.var.now} />
            </dd>
            <dt>Newest answer</dt>
            <dd>
              {row.lastStatus === null
                ? row.attempts === 0
                  ? 'none'
                  : 'none: the receiver did not respond'
                : `Status ${row.lastStatus}`}
            </dd>
            {row.lastError === null ? null : (
              <>
                <dt>What went wrong</dt>
                <dd>
                  <Breakable text={row.lastError} />
                </dd>
              </>
            )}
            {row.lastResponse === null ? null : (
              <>
                <dt>The receiver said</dt>
                <dd>
                  <code>
                    <Breakable text={row.lastResponse} />
                  </code>
                </dd>
              </>
            )}
            {row.warning === null ? null : (
              <>
                <dt>Template</dt>
                <dd>The default text was sent instead: {row.warning}</dd>
              </>
            )}
            {row.mergedInto === null ? null : (
              <>
                <dt>Carried by</dt>
                <dd>
                  <a href={deliveryPath({ ...row, notificationId: row.mergedInto })}>
                    <Breakable text={row.mergedInto} />
                  </a>
                </dd>
              </>
            )}
            {row.finishedAt === null ? null : (
              <>
                <dt>Finished</dt>
                <dd>
                  <Timestamp at={row.finishedAt} exact /> (
                  <RelativeTime since={row.finishedAt} now={c.var.now} /> ago)
                </dd>
              </>
            )}
          </dl>
          {mayBeRedelivered(row) &&
          mayUse(c, 'POST /dashboard/deliveries/:notificationId/:channelId/redeliver') ? (
            <>
              <Action c={c} action={`${deliveryPath(row)}/redeliver`} label="Redeliver" class="primary" />
              <p class="note">
                It is sent again with the same id, so a receiver that has it already can tell.
              </p>
            </>
          ) : null}
        </section>
        <section class="card pad" aria-labelledby="what">
          <h2 id="what">What was sent</h2>
          <dl class="facts">
            <dt>Event</dt>
            <dd>
              <code>{row.event}</code>
            </dd>
            <dt>Time</dt>
            <dd>
              <Timestamp at={row.at} exact />
            </dd>
            <dt>Channel</dt>
            <dd>
              {channel === undefined ? (
                <>
                  <code>{row.channelId}</code>, which was deleted
                </>
              ) : (
                <a href={pathOf(CHANNELS, row.channelId)}>
                  <bdi>{channel}</bdi>
                </a>
              )}
            </dd>
            <dt>Because of</dt>
            <dd>
              {route === undefined ? (
                'the channels of the monitor, or the default channels'
              ) : (
                <>
                  the route{' '}
                  <a href={pathOf(ROUTES, route.id)}>
                    <bdi>{route.name}</bdi>
                  </a>
                </>
              )}
            </dd>
            {row.monitorId === null ? null : (
              <>
                <dt>Monitor</dt>
                <dd>
                  <a href={`/dashboard/monitors/${encodeURIComponent(row.monitorId)}`}>{row.monitorId}</a>
                </dd>
              </>
            )}
            {row.incidentId === null ? null : (
              <>
                <dt>Incident</dt>
                <dd>
                  <a href={`/dashboard/incidents/${encodeURIComponent(row.incidentId)}`}>
                    <Breakable text={row.incidentId} />
                  </a>
                </dd>
              </>
            )}
            <dt>Id</dt>
            <dd>
              <code>
                <Breakable text={row.notificationId} />
              </code>
            </dd>
          </dl>
          <p class="note">The text, addresses and secrets are not shown here.</p>
        </section>
      </div>
      {row.incidentId === null ? null : (
        <p>
          <a href={`${DELIVERIES}?incident=${encodeURIComponent(row.incidentId)}`}>
            All deliveries of this incident
          </a>
        </p>
      )}
    </>
  );
};
