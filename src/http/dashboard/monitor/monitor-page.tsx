// Owns the page of one monitor: the order of its parts, and the buttons. Does not read anything.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { HeartbeatMonitor } from '../heartbeat/heartbeat-page.tsx';
import { Notice } from '../notice.tsx';
import { Action } from '../parts/parts.tsx';
import { Certificate } from './certificate-part.tsx';
import { Doubts, Why } from './explanation-part.tsx';
import { DeletedNote, Settings, Uptime } from './facts-part.tsx';
import { Incidents, Windows } from './incidents-part.tsx';
import { Latency } from './latency-part.tsx';
import type { FormerData, MonitorData } from './load-monitor.ts';
import { pathOf } from './monitor-path.ts';
import { Votes } from './votes-part.tsx';

export const Actions = ({ c, data: { monitor, heartbeat } }: { c: Context<HttpEnv>; data: MonitorData }) => {
  const { id, paused } = monitor;
  const query = new URLSearchParams({ monitor: id });
  return (
    <>
      {heartbeat !== null ? (
        mayUse(c, 'GET /dashboard/monitors/:id/ping-address') ? (
          <a class="button primary quiet" href={pathOf(id, '/ping-address')}>
            Ping address and recipes
          </a>
        ) : null
      ) : !mayUse(c, 'POST /dashboard/monitors/:id/check') ? null : (
        <Action c={c} action={pathOf(id, '/check')} label="Check now from everywhere" class="primary quiet" />
      )}
      {!mayUse(c, 'POST /api/v1/silences') || paused ? null : (
        <Action c={c} action={pathOf(id, '/silence')} label="Silence for 1 h" />
      )}
      {!mayUse(c, 'POST /dashboard/monitors/:id/pause') ? null : paused ? (
        <Action c={c} action={pathOf(id, '/resume')} label="Resume" />
      ) : (
        <Action c={c} action={pathOf(id, '/pause')} label="Pause" />
      )}
      {!mayUse(c, 'POST /api/v1/maintenances') ? null : (
        <a class="button quiet" href={`/dashboard/maintenance/new?${query}`}>
          Start a maintenance
        </a>
      )}
      <a class="button quiet" href={pathOf(id, heartbeat === null ? '/history' : '/pings')}>
        History
      </a>
      {!mayUse(c, 'PATCH /api/v1/monitors/:id') ? null : (
        <>
          <a class="button quiet" href={pathOf(id, '/edit')}>
            Edit
          </a>
          <a class="button quiet" href={`/dashboard/monitors/_new?${new URLSearchParams({ clone: id })}`}>
            Clone
          </a>
          <a class="button quiet danger" href={pathOf(id, '/delete')}>
            Delete
          </a>
        </>
      )}
    </>
  );
};

export const Monitor = ({ c, data }: { c: Context<HttpEnv>; data: MonitorData }) => {
  const { monitor, heartbeat, incidents, history, now, place } = data;
  if (heartbeat !== null) return <HeartbeatMonitor c={c} data={data} heartbeat={heartbeat} />;
  const checkPath = mayUse(c, 'GET /dashboard/monitors/:id/check') ? pathOf(monitor.id, '/check') : null;
  return (
    <>
      <div data-live="monitor-state">
        <Doubts data={data} />
        <Why data={data} />
        <Votes data={data} />
      </div>
      <div data-live="monitor-windows">
        <Windows data={data} />
      </div>
      <div data-live="monitor-history">
        <Latency history={history} path={pathOf(monitor.id)} place={place} />
        <Uptime history={history} />
      </div>
      <div class="columns monitor-columns">
        <div>
          <div data-live="monitor-incidents">
            <Incidents incidents={incidents} monitorId={monitor.id} now={now} place={place} />
          </div>
          <Certificate data={data} checkPath={checkPath} />
        </div>
        <Settings data={data} />
      </div>
    </>
  );
};

export const Former = ({ data: { former, incidents, history, now, place } }: { data: FormerData }) => (
  <>
    <Notice tone="calm" title="This monitor was deleted.">
      <DeletedNote at={former.deletedAt} now={now} />
    </Notice>
    <Latency history={history} path={pathOf(former.id)} place={place} />
    <Uptime history={history} />
    <Incidents incidents={incidents} monitorId={former.id} now={now} place={place} />
    <p>
      <a href={pathOf(former.id, '/history')}>Runs by day</a>
    </p>
  </>
);
