// Owns the page of a heartbeat: the order of its parts. What needs locations is not there: no location checks it.
import type { Context } from 'hono';
import { NEWEST_PINGS } from '../../../store/heartbeat-page.ts';
import type { HttpEnv } from '../../context.ts';
import { Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Doubts, Why } from '../monitor/explanation-part.tsx';
import { Settings, Uptime } from '../monitor/facts-part.tsx';
import { Incidents, Windows } from '../monitor/incidents-part.tsx';
import type { MonitorData } from '../monitor/load-monitor.ts';
import { pathOf } from '../monitor/monitor-path.ts';
import { Durations } from './durations-part.tsx';
import { Expected, OpenRuns } from './expected-part.tsx';
import type { HeartbeatView } from './heartbeat-view.ts';
import { Pings } from './pings-part.tsx';

/** Pings change nothing in the mesh until they are evaluated. */
const REFRESH_SECONDS = '20';

const OPENS = 'An incident opens when a ping is late, or a run fails or takes too long.';

interface Props {
  readonly c: Context<HttpEnv>;
  readonly data: MonitorData;
  readonly heartbeat: HeartbeatView;
}

export const HeartbeatMonitor = ({ c, data, heartbeat }: Props) => {
  const { monitor, incidents, history, now, place } = data;
  const { previousKeyUntil, pings } = heartbeat;
  const addressPath = mayUse(c, 'GET /dashboard/monitors/:id/ping-address')
    ? pathOf(monitor.id, '/ping-address')
    : null;
  return (
    <>
      <div data-live="monitor-state" data-every={REFRESH_SECONDS}>
        <Doubts data={data} />
        <Why data={data}>
          <Expected data={data} heartbeat={heartbeat} />
        </Why>
        {previousKeyUntil === null ? null : (
          <p class="note">
            The ping address was changed. The one before works until <Timestamp at={previousKeyUntil} />.
          </p>
        )}
        <OpenRuns data={data} heartbeat={heartbeat} />
      </div>
      <div data-live="monitor-windows">
        <Windows data={data} />
      </div>
      <div data-live="monitor-pings">
        <Pings
          {...{ pings, now, addressPath }}
          olderPath={pings.length < NEWEST_PINGS ? null : pathOf(monitor.id, '/pings')}
        />
      </div>
      <div data-live="monitor-history">
        <Durations heartbeat={heartbeat} history={history} path={pathOf(monitor.id)} />
        <Uptime history={history} />
      </div>
      <div class="columns monitor-columns">
        <div data-live="monitor-incidents">
          <Incidents {...{ incidents, now, place }} monitorId={monitor.id} opens={OPENS} />
        </div>
        <Settings data={data} />
      </div>
    </>
  );
};
