// Owns the routes of the pages of one monitor. Changes go through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { isHeartbeat } from '../../../heartbeats/check.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import { readMonitorPage } from '../../../store/monitor-page.ts';
import type { HttpEnv } from '../../context.ts';
import { type ApiResponse, callApi } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { showRefusal } from '../refusal.tsx';
import { Ask, showCheck } from './check-page.tsx';
import { showHistory } from './history-page.tsx';
import { loadMonitor, rangeOf } from './load-monitor.ts';
import { Actions, Former, Monitor } from './monitor-page.tsx';
import { pathOf } from './monitor-path.ts';

const PATH = '/dashboard/monitors/:id';
const ABOVE = [{ path: '/dashboard/monitors', label: 'Monitors' }];
const SILENCE_MINUTES = 60;

type Id = Context<HttpEnv, typeof PATH>;

export function addMonitorPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, showMonitor);

  app.get(`${PATH}/history`, async (c) => (await showHistory(c, c.req.param('id'))) ?? missing(c));

  app.get(`${PATH}/check`, async (c) => {
    const found = await findShown(c);
    if (found === null) return missing(c);
    const { monitor } = found;
    return dashboardPage(c, {
      title: `Check of ${monitor.name}`,
      above: [...ABOVE, { path: pathOf(monitor.id), label: monitor.name }],
      content: <Ask c={c} monitor={monitor} />,
    });
  });

  app.post(`${PATH}/check`, async (c) => {
    const found = await findShown(c);
    return found === null ? missing(c) : showCheck(c, found.monitor, found.place);
  });

  app.post(`${PATH}/pause`, (c) => setPaused(c, c.req.param('id'), true));
  app.post(`${PATH}/resume`, (c) => setPaused(c, c.req.param('id'), false));

  app.post(`${PATH}/silence`, async (c) => {
    const id = c.req.param('id');
    const created = await callApi(c, 'POST', '/api/v1/silences', {
      body: { name: 'Silenced for 1 h from the dashboard', monitors: [id], durationMinutes: SILENCE_MINUTES },
    });
    if (!created.ok) return refused(c, id, created);
    const undo = { action: pathOf(id, '/silence/end'), fields: { silence: String(created.body.id) } };
    return redirectWith(c, pathOf(id), {
      text: 'Silenced for 1 h: nothing about this monitor is sent until then.',
      ...{ tone: 'good', undo },
    });
  });

  app.post(`${PATH}/silence/end`, async (c) => {
    const id = c.req.param('id');
    const { silence = '' } = await readForm(c);
    const ended = await callApi(c, 'POST', `/api/v1/silences/${encodeURIComponent(silence)}/end`);
    if (!ended.ok) return refused(c, id, ended);
    return redirectWith(c, pathOf(id), { text: 'The silence has ended.', tone: 'good' });
  });
}

async function showMonitor(c: Id) {
  const range = rangeOf(c.req.query('range'));
  const data = await loadMonitor(c, c.req.param('id'), range);
  if (data === null) return missing(c);
  if ('former' in data)
    return dashboardPage(
      c,
      { title: data.former.name, above: ABOVE, hasCharts: true, content: <Former data={data} /> },
      410,
    );
  return dashboardPage(c, {
    title: data.monitor.name,
    above: ABOVE,
    hasCharts: true,
    actions: <Actions c={c} data={data} />,
    content: <Monitor c={c} data={data} />,
  });
}

const missing = (c: Context<HttpEnv>) =>
  showRefusal(
    c,
    { kind: 'not_found', path: [], message: '' },
    { path: '/dashboard/monitors', label: 'all monitors' },
  );

async function findShown(c: Context<HttpEnv>) {
  const { config, caller, now } = c.var;
  const { monitor, locationNames } = await readMonitorPage(config.db, c.req.param('id') ?? '', now);
  // No location checks a heartbeat.
  if (monitor === null || !isInside(caller.restriction, monitor) || isHeartbeat(monitor.check)) return null;
  return { monitor, place: (location: string) => locationName(location, locationNames) };
}

async function setPaused(c: Context<HttpEnv>, id: string, paused: boolean) {
  const changed = await callApi(c, 'PATCH', `/api/v1/monitors/${encodeURIComponent(id)}`, {
    body: { paused },
  });
  if (!changed.ok) return refused(c, id, changed);
  const isOfJob = isHeartbeat(changed.body.check as { type: string });
  const texts = isOfJob
    ? ['Paused: no ping is expected.', 'Resumed: pings are expected from now on.']
    : ['Paused: no location checks it.', 'Resumed: all locations check it now.'];
  return redirectWith(c, pathOf(id), {
    text: texts[paused ? 0 : 1]!,
    ...{ tone: 'good', undo: { action: pathOf(id, paused ? '/resume' : '/pause'), fields: {} } },
  });
}

const KINDS = { 403: 'forbidden', 404: 'not_found', 409: 'conflict' } as const;

function refused(c: Context<HttpEnv>, id: string, { status, detail, errors }: ApiResponse) {
  const kind = status in KINDS ? KINDS[status as keyof typeof KINDS] : 'invalid';
  const message = Object.values(errors).find((one) => one !== undefined) ?? detail;
  return showRefusal(c, { kind, path: [], message }, { path: pathOf(id), label: 'the monitor' });
}
