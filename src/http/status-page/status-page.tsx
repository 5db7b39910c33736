// Owns the public status page. Shows a StatusView and nothing else, so it cannot reveal what the view does not contain.

import { duration } from '../../channels/time-text.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { curl } from '../reference/examples.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Icon } from '../ui/icons.tsx';
import { Layout, REFRESH_SECONDS } from '../ui/layout.tsx';
import { RelativeTime, Timestamp } from '../ui/times.tsx';
import { isUnknownOutage } from './condition.ts';
import { endReasonText, incidentTense, incidentTitle, monitorText, overallText } from './status-text.ts';
import type { MonitorView, StatusView } from './status-view.ts';

interface StatusPageProps {
  view: StatusView;
  publicUrl: string;
  noRefresh: boolean;
}

export const StatusPage = ({ view, publicUrl, noRefresh }: StatusPageProps) => {
  const open = view.incidents.filter((incident) => incident.state === 'open');
  const past = view.incidents.filter((incident) => incident.state === 'resolved');
  const { words } = overallText(view);
  return (
    <Layout title={`${words} – Service status`} refreshSeconds={REFRESH_SECONDS} noRefresh={noRefresh}>
      <Banner view={view} />
      <Impaired view={view} />
      {open.length > 0 ? (
        <section aria-labelledby="open">
          <h2 id="open">Open incidents</h2>
          <Incidents rows={open} view={view} />
        </section>
      ) : null}
      {view.monitors.length > 0 ? (
        <section aria-labelledby="services">
          <h2 id="services">Services</h2>
          <ul class="rows">
            {view.monitors.map((monitor) => (
              <Service monitor={monitor} view={view} />
            ))}
          </ul>
        </section>
      ) : (
        <Welcome hidden={view.hidden} publicUrl={publicUrl} />
      )}
      {view.maintenances.length > 0 ? <Maintenances view={view} /> : null}
      {view.monitors.length > 0 || past.length > 0 ? (
        <section aria-labelledby="past">
          <h2 id="past">Past 7 days</h2>
          {past.length > 0 ? (
            <Incidents rows={past} view={view} />
          ) : (
            <p class="plain">{open.length > 0 ? 'No other incidents.' : 'No incidents reported.'}</p>
          )}
        </section>
      ) : null}
    </Layout>
  );
};

const Banner = ({ view }: { view: StatusView }) => {
  const { tone, words, detail, noDataSince } = overallText(view);
  return (
    <>
      <div class={`banner ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1>
            <Breakable text={words} />
          </h1>
          <p>
            <NoDataSince view={view} since={noDataSince} />
            {detail}
          </p>
        </div>
      </div>
      <p class="fresh">
        {view.updatedAt === null ? (
          'No checks have been recorded yet.'
        ) : (
          <>
            Last updated <Timestamp at={view.updatedAt} />, {duration(view.now - view.updatedAt)} ago
          </>
        )}
      </p>
    </>
  );
};

/** When the newest result was recorded, if none is current. */
const NoDataSince = ({ view, since }: { view: StatusView; since: number | undefined }) => {
  const at = since ?? (view.stale ? view.measuredAt : null);
  if (at === null || view.monitors.length === 0) return null;
  return (
    <>
      {since === undefined ? 'No checks have been recorded since' : 'No data since'} <Timestamp at={at} />.{' '}
    </>
  );
};

/** What does not work in probemesh itself. The words and codes contain no name and no figure. */
const Impaired = ({ view: { monitoring } }: { view: StatusView }) =>
  monitoring.reasons.length === 0 ? null : (
    <section class="notice warn" aria-labelledby="impaired">
      <h2 id="impaired">Monitoring is impaired</h2>
      <ul>
        {monitoring.reasons.map(({ code, words }) => (
          <li>
            {words} <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );

const Service = ({ monitor, view }: { monitor: MonitorView; view: StatusView }) => {
  const { tone, words, note, caveat, since } = monitorText(monitor);
  const isPlanned = monitor.condition === 'maintenance';
  return (
    <li class={isUnknownOutage(monitor.condition) ? `${tone} unknown` : tone}>
      <Icon tone={tone} />
      <h3>
        <Breakable text={monitor.name} />
      </h3>
      <span class="verdict">{words}</span>
      <p class="note">
        <Votes monitor={monitor} hidden={monitor.paused || isPlanned || view.stale} />
        {caveat ? <b>{caveat}</b> : null}
        {note}
        <Gap monitor={monitor} now={view.now} />
      </p>
      {isPlanned ? null : (
        <p class="note since">
          {since} <RelativeTime since={monitor.since} now={view.now} />
        </p>
      )}
    </li>
  );
};

const GAP_SHOWN_MS = 86_400_000;

/** The time without data that is part of the time since `since`, for a day. */
const Gap = ({ monitor: { lastGap, condition }, now }: { monitor: MonitorView; now: number }) =>
  lastGap === null || condition === 'maintenance' || now - lastGap.to > GAP_SHOWN_MS ? null : (
    <span class="gap">
      No data for {duration(lastGap.to - lastGap.from)} until <Timestamp at={lastGap.to} />
    </span>
  );

/** A recurring maintenance is listed once, with its next occurrence. */
const Maintenances = ({ view: { maintenances, monitors, now } }: { view: StatusView }) => {
  const nameOf = (id: string): string => monitors.find((monitor) => monitor.id === id)?.name ?? id;
  const first = maintenances.filter(
    ({ id }, index) => maintenances.findIndex((other) => other.id === id) === index,
  );
  return (
    <section aria-labelledby="maintenance">
      <h2 id="maintenance">Maintenance</h2>
      <ul class="cards">
        {first.map(({ id, name, monitors: covered, startsAt, endsAt }) => {
          const more = maintenances.filter((other) => other.id === id).length - 1;
          return (
            <li class="calm">
              <h3>{name}</h3>
              <p>
                {startsAt <= now ? 'In progress until ' : 'Starts '}
                <Timestamp at={startsAt <= now ? endsAt : startsAt} />
                {startsAt <= now ? '' : `, lasts ${duration(endsAt - startsAt)}`}
                {covered.length === monitors.length
                  ? '. Affects all services.'
                  : `. Affects ${covered.map(nameOf).join(', ')}.`}
                {more === 0 ? '' : ` Repeats ${more === 1 ? 'once' : `${more} times`} within 7 days.`}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
};

const MAX_BARS = 20;

/** One bar per location: solid passes, striped fails, dashed abstains. The text next to it has the same counts. */
const Votes = ({ monitor, hidden }: { monitor: MonitorView; hidden: boolean }) => {
  const { passing, failing, abstaining } = monitor;
  const total = passing + failing + abstaining;
  if (hidden || total === 0 || total > MAX_BARS) return null;
  const bars = [...Array(failing).fill('f'), ...Array(passing).fill('p'), ...Array(abstaining).fill('a')];
  return (
    <span class="votes" aria-hidden="true">
      {bars.map((kind) => (
        <i class={kind} />
      ))}
    </span>
  );
};

/** Since when it is unknown whether an open incident continues. Null if it is known. */
const unknownSince = ({ monitorId, resolvedAt }: IncidentRow, { monitors }: StatusView): number | null => {
  const monitor = monitors.find(({ id }) => id === monitorId);
  return resolvedAt === null && monitor && isUnknownOutage(monitor.condition) ? monitor.since : null;
};

const Incidents = ({ rows, view }: { rows: readonly IncidentRow[]; view: StatusView }) => (
  <ul class="cards">
    {rows.map((row) => (
      <Incident row={row} view={view} />
    ))}
  </ul>
);

/** An id is one word, although it has hyphens. */
const Scope = ({ locations }: { locations: readonly string[] }) =>
  locations.length === 0 ? null : (
    <>
      {' Affected locations: '}
      {locations.map((id, index) => (
        <>
          <span class="id">{id}</span>
          {index < locations.length - 1 ? ', ' : '.'}
        </>
      ))}
    </>
  );

const Incident = ({ row, view }: { row: IncidentRow; view: StatusView }) => {
  const unknown = unknownSince(row, view);
  return (
    <li class={row.verdict === 'down' ? 'bad' : 'warn'}>
      <h3>
        <a href={`/incidents/${encodeURIComponent(row.id)}`}>
          <Breakable
            text={incidentTitle(row.monitorName, row.verdict, incidentTense(row, unknown !== null))}
          />
        </a>
      </h3>
      <p>
        Started <Timestamp at={row.startedAt} />
        {row.resolvedAt !== null ? (
          `, lasted ${duration(row.resolvedAt - row.startedAt)}.`
        ) : unknown === null ? (
          `, ongoing for ${duration(view.now - row.startedAt)}.`
        ) : (
          <>
            . No data since <Timestamp at={unknown} />, so it may be over.
          </>
        )}
        <Scope locations={row.scope} />
        {row.reason === null ? '' : ` ${endReasonText(row.reason)}`}
      </p>
    </li>
  );
};

const FIRST_MONITOR = {
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
  public: true,
};

const Welcome = ({ hidden, publicUrl }: { hidden: number; publicUrl: string }) => (
  <section aria-labelledby="begin">
    <h2 id="begin">{hidden > 0 ? 'Publish a monitor' : 'Create your first monitor'}</h2>
    <div class="plain">
      {hidden > 0 ? (
        <p>
          Monitors with <code>"public": true</code> appear on this page.
        </p>
      ) : (
        <>
          <p>Run this command with an API key. The first checks start within seconds, from every location.</p>
          <pre tabindex={0}>
            <code>
              {curl({
                method: 'post',
                url: `${publicUrl}/api/v1/monitors`,
                closed: true,
                body: FIRST_MONITOR,
              })}
            </code>
          </pre>
        </>
      )}
      <p>
        See the <a href="/api/v1/docs">API reference</a> for all fields.
      </p>
    </div>
  </section>
);
