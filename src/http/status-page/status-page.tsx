// The public status page. Shows a StatusView and nothing else, so it can say nothing that the view does not know.
import type { IncidentRow } from '../../store/incidents.ts';
import { curl } from '../reference/examples.ts';
import { Icon } from '../ui/icons.tsx';
import { Layout, REFRESH_SECONDS } from '../ui/layout.tsx';
import { duration, RelativeTime, Timestamp } from '../ui/times.tsx';
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
          <h2 id="past">The last seven days</h2>
          {past.length > 0 ? (
            <Incidents rows={past} view={view} />
          ) : (
            <p class="plain">{open.length > 0 ? 'No other incidents.' : 'No incidents.'}</p>
          )}
        </section>
      ) : null}
    </Layout>
  );
};

const Banner = ({ view }: { view: StatusView }) => {
  const { tone, words, detail } = overallText(view);
  return (
    <>
      <div class={`banner ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1>{words}</h1>
          <p>
            {view.stale && view.monitors.length > 0 && view.updatedAt !== null ? (
              <>
                Since <Timestamp at={view.updatedAt} />:{' '}
              </>
            ) : null}
            {detail}
          </p>
        </div>
      </div>
      <p class="fresh">
        {view.updatedAt === null ? (
          'Nothing has been recorded yet.'
        ) : (
          <>
            Last updated <Timestamp at={view.updatedAt} />, {duration(view.now - view.updatedAt)} ago
          </>
        )}
      </p>
    </>
  );
};

const Service = ({ monitor, view }: { monitor: MonitorView; view: StatusView }) => {
  const { tone, words, note, caveat } = monitorText(monitor, view.stale);
  return (
    <li class={tone}>
      <Icon tone={tone} />
      <h3>{monitor.name}</h3>
      <span class="verdict">{words}</span>
      <p class="note">
        <Votes monitor={monitor} hidden={monitor.paused || monitor.maintenance || view.stale} />
        {caveat ? <b>{caveat}</b> : null}
        {note}
      </p>
      {monitor.maintenance ? null : (
        <p class="note since">
          for <RelativeTime since={monitor.since} now={view.now} />
        </p>
      )}
    </li>
  );
};

/** What recurs is shown once, by its next time. */
const Maintenances = ({ view: { maintenances, monitors, now } }: { view: StatusView }) => {
  const nameOf = (id: string): string => monitors.find((monitor) => monitor.id === id)?.name ?? id;
  const first = maintenances.filter(
    ({ id }, index) => maintenances.findIndex((one) => one.id === id) === index,
  );
  return (
    <section aria-labelledby="maintenance">
      <h2 id="maintenance">Maintenance</h2>
      <ul class="cards">
        {first.map(({ id, name, monitors: covered, startsAt, endsAt }) => {
          const more = maintenances.filter((one) => one.id === id).length - 1;
          return (
            <li class="calm">
              <h3>{name}</h3>
              <p>
                {startsAt <= now ? 'Going on until ' : 'From '}
                <Timestamp at={startsAt <= now ? endsAt : startsAt} />
                {startsAt <= now ? '' : `, for ${duration(endsAt - startsAt)}`}
                {covered.length === monitors.length
                  ? ': all services.'
                  : `: ${covered.map(nameOf).join(', ')}.`}
                {more === 0 ? '' : ` ${more === 1 ? 'Once' : `${more} times`} more within seven days.`}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
};

const MOST_DRAWN = 20;

/** One bar a location: full passes, striped fails, dashed abstains. The sentence beside it says the same. */
const Votes = ({ monitor, hidden }: { monitor: MonitorView; hidden: boolean }) => {
  const { passing, failing, abstaining } = monitor;
  const total = passing + failing + abstaining;
  if (hidden || total === 0 || total > MOST_DRAWN) return null;
  const bars = [...Array(failing).fill('f'), ...Array(passing).fill('p'), ...Array(abstaining).fill('a')];
  return (
    <span class="votes" aria-hidden="true">
      {bars.map((kind) => (
        <i class={kind} />
      ))}
    </span>
  );
};

const Incidents = ({ rows, view: { now, stale } }: { rows: readonly IncidentRow[]; view: StatusView }) => (
  <ul class="cards">
    {rows.map((row) => (
      <li class={row.verdict === 'down' ? 'bad' : 'warn'}>
        <h3>
          <a href={`/incidents/${encodeURIComponent(row.id)}`}>
            {incidentTitle(row.monitorName, row.verdict, incidentTense(row, stale))}
          </a>
        </h3>
        <p>
          {row.resolvedAt === null ? 'Since ' : 'From '}
          <Timestamp at={row.startedAt} />
          {row.resolvedAt === null
            ? stale
              ? '; whether it still lasts is not known.'
              : `, for ${duration(now - row.startedAt)} so far.`
            : `, for ${duration(row.resolvedAt - row.startedAt)}.`}
          {row.scope.length > 0 ? ` Failing from ${row.scope.join(', ')}.` : ''}
          {row.reason === null ? '' : ` ${endReasonText(row.reason)}`}
        </p>
      </li>
    ))}
  </ul>
);

const FIRST_MONITOR = {
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
};

const Welcome = ({ hidden, publicUrl }: { hidden: number; publicUrl: string }) => (
  <section aria-labelledby="begin">
    <h2 id="begin">{hidden > 0 ? 'Show a monitor here' : 'Watch something'}</h2>
    <div class="plain">
      {hidden > 0 ? (
        <p>
          Monitors appear on this page once they are written with <code>"public": true</code>.
        </p>
      ) : (
        <>
          <p>
            Create the first monitor with the admin token. It is looked at from every location within seconds.
          </p>
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
        The <a href="/api/v1/docs">API reference</a> has all the fields.
      </p>
    </div>
  </section>
);
