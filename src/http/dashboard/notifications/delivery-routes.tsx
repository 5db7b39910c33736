// Owns the routes of the pages of deliveries: the filter in the address, one delivery, and its redelivery through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { ifInside, insideIds } from '../../../services/access/references.ts';
import { unknownDelivery } from '../../../services/deliveries/redeliver.ts';
import { type AlertingSetup, readAlertingSetup } from '../../../store/alerting-setup.ts';
import {
  DELIVERY_STATES,
  type DeliveryPosition,
  type DeliveryRow,
  findDelivery,
  listDeliveries,
} from '../../../store/deliveries.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { showRefusal } from '../refusal.tsx';
import { Deliveries, DeliveryPage, deliveryPath } from './delivery-pages.tsx';
import { DELIVERIES, SectionTabs, showApiRefusal } from './section.tsx';

const PER_PAGE = 50;
const BACK = { path: DELIVERIES, label: 'all deliveries' };

export function addDeliveryPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(DELIVERIES, async (c) => {
    const { config, caller } = c.var;
    const query = (name: string): string => c.req.query(name)?.trim().slice(0, 200) ?? '';
    const values = {
      ...{ channel: query('channel'), state: query('state'), event: query('event') },
      ...{ monitor: query('monitor'), incident: query('incident') },
    };
    const setup = await readAlertingSetup(config.db);
    const { rows, next } = await listDeliveries(config.db, {
      channelIds: shownChannels(setup, caller.restriction, values.channel),
      onlyOfChannels: caller.restriction !== null,
      state: DELIVERY_STATES.find((state) => state === values.state),
      event: values.event || undefined,
      monitorId: values.monitor || undefined,
      incidentId: values.incident || undefined,
      after: readPosition(c.req.query('after')),
      limit: PER_PAGE,
    });
    return dashboardPage(c, {
      title: 'Deliveries',
      intro:
        'Each notification, to each channel, newest first: whether it arrived, and what the receiver said.',
      content: (
        <>
          <SectionTabs current={DELIVERIES} />
          <Deliveries c={c} rows={rows} setup={setup} values={values} older={next && olderOf(values, next)} />
        </>
      ),
    });
  });

  app.get(`${DELIVERIES}/:notificationId/:channelId`, async (c) => {
    const { notificationId, channelId } = c.req.param();
    const [setup, row] = await findShown(c, notificationId, channelId);
    if (row === null)
      return showRefusal(c, { kind: 'not_found', message: unknownDelivery(notificationId, channelId) }, BACK);
    return dashboardPage(c, {
      title: `Delivery of ${row.event}`,
      above: [{ path: DELIVERIES, label: 'Deliveries' }],
      content: <DeliveryPage c={c} row={row} setup={setup} />,
    });
  });

  app.post(`${DELIVERIES}/:notificationId/:channelId/redeliver`, async (c) => {
    const { notificationId, channelId } = c.req.param();
    const path = deliveryPath({ notificationId, channelId });
    const api = `/api/v1/deliveries/${encodeURIComponent(notificationId)}/${encodeURIComponent(channelId)}`;
    const queued = await callApi(c, 'POST', `${api}/redeliver`);
    if (!queued.ok) return showApiRefusal(c, queued, { path, label: 'the delivery' });
    const text = 'It is sent again, with the same id. This page shows the result within a few seconds.';
    return redirectWith(c, path, { text, tone: 'good' });
  });
}

/** Undefined: those of every channel, also of deleted ones. */
function shownChannels(
  { channels }: AlertingSetup,
  restriction: Parameters<typeof insideIds>[0],
  channel: string,
): readonly string[] | undefined {
  if (restriction === null) return channel === '' ? undefined : [channel];
  const inside = insideIds(restriction, channels);
  return channel === '' ? [...inside] : [channel].filter((id) => inside.has(id));
}

/** A restricted person sees deliveries of channels inside: not those of deleted channels. */
async function findShown(
  c: Context<HttpEnv>,
  notificationId: string,
  channelId: string,
): Promise<readonly [AlertingSetup, DeliveryRow | null]> {
  const { config, caller } = c.var;
  const [setup, row] = await Promise.all([
    readAlertingSetup(config.db),
    findDelivery(config.db, notificationId, channelId),
  ]);
  const channel = setup.channels.find(({ id }) => id === channelId);
  const isShown = caller.restriction === null || ifInside(caller.restriction, channel) !== null;
  return [setup, isShown ? row : null];
}

function olderOf(values: Readonly<Record<string, string>>, next: DeliveryPosition): string {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  query.set('after', `${next.position} ${next.notificationId} ${next.channelId}`);
  return `${DELIVERIES}?${query}`;
}

function readPosition(text = ''): DeliveryPosition | undefined {
  const match = /^(\d{1,15}) ([\x21-\x7e]{1,200}) ([\x21-\x7e]{0,63})$/.exec(text);
  if (!match) return undefined;
  return { position: Number(match[1]), notificationId: match[2]!, channelId: match[3]! };
}
