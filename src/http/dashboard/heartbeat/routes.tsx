// Owns the routes of the pages of heartbeats: all pings, the ping address with its recipes, and a new address. Changes go
// through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Heartbeat, readHeartbeat } from '../../../services/heartbeats/heartbeats.ts';
import { listPings } from '../../../store/pings.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { pathOf } from '../monitor/monitor-path.ts';
import { Empty } from '../parts/parts.tsx';
import { showRefusal } from '../refusal.tsx';
import { Address, AskRotate } from './address-page.tsx';
import { DueTimes } from './due-times.tsx';
import { PingTable } from './pings-part.tsx';

const PATH = '/dashboard/monitors/:id';
const LIST = { path: '/dashboard/monitors', label: 'Monitors' };
const PAGE_SIZE = 100;
const NEEDS_CONFIRM = 'Tick the box first: without the new address, the pings of the job are refused.';

export function addHeartbeatPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(`${PATH}/pings`, async (c) => {
    const found = await findHeartbeat(c);
    if (found === null) return missing(c);
    const { monitor } = found;
    const before = /^\d{1,10}$/.exec(c.req.query('before') ?? '')?.[0];
    const pings = await listPings(c.var.config.db, {
      monitor: monitor.number,
      before: before === undefined ? undefined : Number(before),
      limit: PAGE_SIZE,
    });
    const oldest = pings.at(-1)?.seq ?? 1;
    return dashboardPage(c, {
      title: `Pings of ${monitor.name}`,
      intro: 'What the job has sent, newest first.',
      above: aboveOf(found),
      content: (
        <>
          {pings.length === 0 ? (
            <Empty title={before === undefined ? 'No ping has arrived yet' : 'There are no older pings'}>
              <p>
                <a href={pathOf(monitor.id)}>Back to the monitor</a>
              </p>
            </Empty>
          ) : (
            <>
              <h2 id="pings" class="hidden">
                Pings
              </h2>
              <PingTable pings={pings} now={c.var.now} labelledBy="pings" />
            </>
          )}
          <nav class="pager" aria-label="Pages of the list">
            {before === undefined ? null : (
              <a class="button quiet" href={pathOf(monitor.id, '/pings')}>
                Newest
              </a>
            )}
            {pings.length < PAGE_SIZE ? null : (
              <a class="button quiet" href={pathOf(monitor.id, `/pings?before=${oldest}`)} rel="next">
                Older
              </a>
            )}
          </nav>
        </>
      ),
    });
  });

  app.get(`${PATH}/ping-address`, async (c) => {
    const found = await findHeartbeat(c);
    if (found === null) return missing(c);
    const { number, name } = found.monitor;
    const [newest] = await listPings(c.var.config.db, { monitor: number, limit: 1 });
    return dashboardPage(c, {
      title: `Ping address of ${name}`,
      above: aboveOf(found),
      content: <Address c={c} heartbeat={found} newest={newest ?? null} />,
    });
  });

  app.get(`${PATH}/rotate-key`, (c) => askRotate(c));

  app.post(`${PATH}/rotate-key`, async (c) => {
    const { confirm, overlapMinutes = '' } = await readForm(c);
    if (confirm !== 'yes') return askRotate(c, NEEDS_CONFIRM);
    const id = c.req.param('id');
    const path = `/api/v1/monitors/${encodeURIComponent(id)}/heartbeat/rotate`;
    const body = /^\d{1,5}$/.test(overlapMinutes) ? { overlapMinutes: Number(overlapMinutes) } : {};
    const rotated = await callApi(c, 'POST', path, { body });
    if (!rotated.ok)
      return rotated.status === 404
        ? missing(c)
        : showRefusal(
            c,
            { kind: 'invalid', path: [], message: rotated.detail },
            { path: pathOf(id), label: 'the monitor' },
          );
    return redirectWith(c, pathOf(id, '/ping-address'), {
      text: 'This is the new address. Change it in the job now.',
      tone: 'good',
    });
  });

  app.post('/dashboard/monitors/due-times', async (c) => {
    const posted = await readPosted(c);
    return dashboardPage(c, {
      title: 'Next due times',
      above: [LIST],
      content: <DueTimes values={posted} now={c.var.now} />,
    });
  });
}

const aboveOf = ({ monitor }: Heartbeat) => [LIST, { path: pathOf(monitor.id), label: monitor.name }];

/** Null: it does not exist, is no heartbeat, or is outside. */
async function findHeartbeat(c: Context<HttpEnv>): Promise<Heartbeat | null> {
  const { config, caller } = c.var;
  const found = await readHeartbeat(config, c.req.param('id') ?? '', caller);
  return found.ok ? found.value : null;
}

async function askRotate(c: Context<HttpEnv>, error?: string) {
  const found = await findHeartbeat(c);
  if (found === null) return missing(c);
  const content = <AskRotate c={c} monitor={found.monitor} {...(error === undefined ? {} : { error })} />;
  return dashboardPage(
    c,
    { title: 'Make a new ping address', above: aboveOf(found), content },
    error === undefined ? 200 : 422,
  );
}

const missing = (c: Context<HttpEnv>) =>
  showRefusal(c, { kind: 'not_found', message: '' }, { path: LIST.path, label: 'all monitors' });
