// Owns what the overview shows, the most urgent first. Regions with `data-live` follow the state. Reads nothing.
// More than 300 lines: one small part for each section of the page.
import type { Context } from 'hono';
import { duration } from '../../../channels/time-text.ts';
import { isHeartbeat } from '../../../heartbeats/check.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import type { ListState } from '../../../store/monitor-list.ts';
import type { ListedMonitor } from '../../../store/monitor-list-model.ts';
import type { Overview, OverviewIncident } from '../../../store/overview-page.ts';
import type { HttpEnv } from '../../context.ts';
import type { Tone } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { ShortLocationTable } from '../locations/location-table.tsx';
import { LOCATIONS_PATH, type LocationView } from '../locations/location-view.ts';
import { WorldMap } from '../locations/world-map.tsx';
import { Empty, Stat } from '../parts/parts.tsx';
import { STATE_WORDS, StateBadge } from '../parts/state-badge.tsx';
import { AddMonitor, Checklist } from './checklist.tsx';
import { Notices, type Unnotified } from './notices.tsx';
import type { OnCallNow } from './on-call-now.ts';
import { Maintenances, OnCall } from './plans.tsx';

interface OverviewProps {
  readonly c: Context<HttpEnv>;
  readonly overview: Overview;
  readonly counts: Readonly<Record<ListState, number>>;
  readonly worst: readonly ListedMonitor[];
  readonly unnotified: Unnotified;
  readonly stoppedSince: number | null;
  readonly locations: readonly LocationView[];
  readonly onCall: readonly OnCallNow[];
  readonly hidesChecklist: boolean;
}

export const OverviewPage = (props: OverviewProps) => {
  const { c, overview, counts, worst, unnotified, stoppedSince, locations, onCall } = props;
  const { now } = c.var;
  const showsChecklist = !props.hidesChecklist && mayUse(c, 'POST /api/v1/monitors');
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <div data-live="notices">
        <Notices c={c} reasons={overview.reasons} unnotified={unnotified} stoppedSince={stoppedSince} />
      </div>
      {showsChecklist ? <Checklist c={c} setUp={overview.setUp} /> : null}
      <div class="stats states" data-live="figures">
        {FIGURES.filter(([state]) => state !== 'pending' || counts.pending > 0).map(([state, tone]) => (
          <Stat
            label={STATE_WORDS[state].label}
            value={counts[state].toLocaleString('en')}
            href={`/dashboard/monitors?state=${state}`}
            {...(counts[state] > 0 ? { tone } : {})}
          />
        ))}
      </div>
      <div class="columns">
        <div>
          <div data-live="not-up">
            <NotUp
              c={c}
              {...{ worst, counts, total, overview }}
              asksToAdd={!showsChecklist || overview.setUp.monitor}
            />
          </div>
          <div data-live="incidents">
            <Incidents overview={overview} now={now} />
          </div>
        </div>
        <div>
          <div data-live="locations">
            <Locations locations={locations} now={now} />
          </div>
          <div data-live="plans">
            <Maintenances maintenances={overview.maintenances} now={now} />
            <OnCall onCall={onCall} />
          </div>
        </div>
      </div>
    </>
  );
};

const FIGURES: readonly (readonly [state: ListState, tone: Tone])[] = [
  ['down', 'bad'],
  ['partial', 'warn'],
  ['no_data', 'no_data'],
  ['degraded', 'warn'],
  ['maintenance', 'calm'],
  ['paused', 'calm'],
  ['pending', 'no_data'],
  ['up', 'good'],
];

/** A paused monitor waits for a person, and a new one for its first check. */
const NOT_UP: readonly ListState[] = ['down', 'partial', 'no_data', 'degraded', 'maintenance'];

interface NotUpProps extends Pick<OverviewProps, 'c' | 'worst' | 'counts' | 'overview'> {
  readonly total: number;
  /** The checklist does not ask for it already. */
  readonly asksToAdd: boolean;
}

const NotUp = ({ c, worst, counts, total, overview, asksToAdd }: NotUpProps) => {
  const shown = worst.filter(({ state }) => NOT_UP.includes(state));
  const all = NOT_UP.reduce((sum, state) => sum + counts[state], 0);
  return (
    <section aria-labelledby="not-up-heading">
      <h2 id="not-up-heading">Not up now</h2>
      {shown.length > 0 ? (
        <div class="card">
          <table class="grid stacks">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Monitor</th>
                <th scope="col">Where</th>
                <th scope="col">For</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((monitor) => (
                <tr data-row>
                  <td>
                    <StateBadge state={monitor.state} />
                  </td>
                  <th scope="row">
                    <a href={`/dashboard/monitors/${encodeURIComponent(monitor.id)}`}>
                      <bdi>{monitor.name}</bdi>
                    </a>
                    <Acknowledged of={overview.acknowledged.get(monitor.incidentId ?? '')} />
                  </th>
                  <td>{whereOf(monitor, overview)}</td>
                  <td>
                    <span class="narrow-only">for </span>
                    <RelativeTime since={monitor.since} now={c.var.now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {all > shown.length ? (
            <p class="pad">
              <a href={`/dashboard/monitors?${NOT_UP.map((state) => `state=${state}`).join('&')}`}>
                All {all.toLocaleString('en')} monitors that are not up
              </a>
            </p>
          ) : null}
        </div>
      ) : total === 0 ? (
        <Empty title="No monitor yet">
          <p>A monitor checks a website, a port or a service from every location.</p>
          {asksToAdd && mayUse(c, 'POST /api/v1/monitors') ? <AddMonitor /> : null}
        </Empty>
      ) : (
        <Empty title={counts.up === total ? 'Everything is up' : 'Nothing needs you now'}>
          <p>
            {counts.up.toLocaleString('en')} of {total.toLocaleString('en')}{' '}
            {total === 1 ? 'monitor is' : 'monitors are'} up.
          </p>
        </Empty>
      )}
    </section>
  );
};

const Acknowledged = ({ of }: { of: OverviewIncident | undefined }) =>
  of === undefined || of.acknowledgedAt === null ? null : (
    <p class="note">
      Acknowledged by <bdi>{of.acknowledgedBy}</bdi>
    </p>
  );

const MAX_NAMED = 3;

function whereOf(monitor: ListedMonitor, { locations: { names } }: Overview): string {
  const { state, failingAt, failing, passing, abstaining, warnings } = monitor;
  // No location checks it.
  if (isHeartbeat(monitor)) return '';
  if (state === 'degraded') return warnings.map((code) => code.replaceAll('_', ' ')).join(', ');
  if (failing === 0)
    return state === 'no_data' ? `${abstaining} of ${passing + abstaining} locations have no data` : '';
  const named = failingAt.slice(0, MAX_NAMED).map((id) => locationName(id, names));
  const more = failingAt.length > MAX_NAMED ? ` and ${failingAt.length - MAX_NAMED} more` : '';
  return `${failing} of ${failing + passing + abstaining}: ${named.join(', ')}${more}`;
}

const Incidents = ({ overview: { incidents, locations }, now }: { overview: Overview; now: number }) => (
  <section aria-labelledby="incidents-heading">
    <h2 id="incidents-heading">Last incidents</h2>
    {incidents.length === 0 ? (
      <Empty title="No incident yet">
        <p>An incident opens when a quorum of locations fails several times in a row.</p>
      </Empty>
    ) : (
      <div class="card">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">Incident</th>
              <th scope="col">What</th>
              <th scope="col">Started</th>
              <th scope="col">Lasted</th>
            </tr>
          </thead>
          <tbody>
            {incidents.map((incident) => (
              <tr data-row>
                <td>
                  <StateBadge
                    state={
                      incident.resolvedAt !== null
                        ? 'resolved'
                        : incident.acknowledgedAt === null
                          ? 'open'
                          : 'acknowledged'
                    }
                  />
                </td>
                <th scope="row">
                  <a href={`/dashboard/incidents/${encodeURIComponent(incident.id)}`}>
                    <bdi>
                      {incident.location === null
                        ? incident.monitorName || 'A deleted monitor'
                        : locationName(incident.location, locations.names)}
                    </bdi>{' '}
                    {STATE_WORDS[incident.verdict].label.toLowerCase()}
                  </a>
                </th>
                <td>
                  <Timestamp at={incident.startedAt} />
                </td>
                <td>
                  {incident.resolvedAt === null ? (
                    <RelativeTime since={incident.startedAt} now={now} />
                  ) : (
                    duration(incident.resolvedAt - incident.startedAt)
                  )}
                  {incident.resolvedAt === null ? ' so far' : ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="pad">
          <a href="/dashboard/incidents">All incidents</a>
        </p>
      </div>
    )}
  </section>
);

const MAX_LOCATIONS = 8;

const Locations = ({ locations, now }: { locations: readonly LocationView[]; now: number }) => (
  <section aria-labelledby="locations-heading">
    <h2 id="locations-heading">Locations</h2>
    {locations.length === 0 ? (
      <Empty title="No location is configured">
        <p>
          Set <code>LOCATIONS</code> in <code>wrangler.toml</code>.
        </p>
      </Empty>
    ) : (
      <div class="card">
        <WorldMap locations={locations} />
        <ShortLocationTable locations={locations.slice(0, MAX_LOCATIONS)} now={now} />
        {locations.length > MAX_LOCATIONS ? (
          <p class="pad">
            <a href={LOCATIONS_PATH}>All {locations.length} locations</a>
          </p>
        ) : null}
      </div>
    )}
  </section>
);
