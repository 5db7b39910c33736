// The public status page. Shows a StatusView and nothing else, so it can say nothing that the view does not know.
import type { IncidentRow } from '../../store/incidents.ts';
import { curl } from '../reference/examples.ts';
import { Icon } from '../ui/icons.tsx';
import { Layout, REFRESH_SECONDS } from '../ui/layout.tsx';
import { duration, For, Moment } from '../ui/times.tsx';
import { sayIncident, sayMonitor, sayOverall, sayReason, whenOf } from './status-text.ts';
import type { MonitorStatus, StatusView } from './status-view.ts';

interface StatusPageProps {
  view: StatusView;
  publicUrl: string;
  still: boolean;
}

export const StatusPage = ({ view, publicUrl, still }: StatusPageProps) => {
  const open = view.incidents.filter((incident) => incident.state === 'open');
  const past = view.incidents.filter((incident) => incident.state === 'resolved');
  const { words } = sayOverall(view);
  return (
    <Layout title={`${words} – Service status`} refreshSeconds={REFRESH_SECONDS} still={still}>
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
  const { tone, words, detail } = sayOverall(view);
  return (
    <>
      <div class={`banner ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1>{words}</h1>
          <p>
            {view.asleep && view.monitors.length > 0 && view.updatedAt !== null ? (
              <>
                Since <Moment at={view.updatedAt} />:{' '}
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
            Last updated <Moment at={view.updatedAt} />, {duration(view.now - view.updatedAt)} ago
          </>
        )}
      </p>
    </>
  );
};

const Service = ({ monitor, view }: { monitor: MonitorStatus; view: StatusView }) => {
  const { tone, words, note, dissent } = sayMonitor(monitor, view.asleep);
  return (
    <li class={tone}>
      <Icon tone={tone} />
      <h3>{monitor.name}</h3>
      <span class="verdict">{words}</span>
      <p class="note">
        <Votes monitor={monitor} hidden={monitor.paused || monitor.maintenance || view.asleep} />
        {dissent ? <b>{dissent}</b> : null}
        {note}
      </p>
      {monitor.maintenance ? null : (
        <p class="note since">
          for <For since={monitor.since} now={view.now} />
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
                <Moment at={startsAt <= now ? endsAt : startsAt} />
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
const Votes = ({ monitor, hidden }: { monitor: MonitorStatus; hidden: boolean }) => {
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

const Incidents = ({ rows, view: { now, asleep } }: { rows: readonly IncidentRow[]; view: StatusView }) => (
  <ul class="cards">
    {rows.map((row) => (
      <li class={row.verdict === 'down' ? 'bad' : 'warn'}>
        <h3>
          <a href={`/incidents/${encodeURIComponent(row.id)}`}>
            {sayIncident(row.monitorName, row.verdict, whenOf(row, asleep))}
          </a>
        </h3>
        <p>
          {row.resolvedAt === null ? 'Since ' : 'From '}
          <Moment at={row.startedAt} />
          {row.resolvedAt === null
            ? asleep
              ? '; whether it still lasts is not known.'
              : `, for ${duration(now - row.startedAt)} so far.`
            : `, for ${duration(row.resolvedAt - row.startedAt)}.`}
          {row.scope.length > 0 ? ` Failing from ${row.scope.join(', ')}.` : ''}
          {row.reason === null ? '' : ` ${sayReason(row.reason)}`}
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
