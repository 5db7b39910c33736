// Owns the routes of the pages of channels. Changes go through the API. Does not draw.
// More than 300 lines, because each action of a channel has its own route and its own words.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Templates } from '../../../channels/apply-templates.ts';
import { type ChannelType, findChannelType } from '../../../channels/catalogue.ts';
import { type EventType, eventTypes } from '../../../channels/events.ts';
import { readConfig } from '../../../channels/written-config.ts';
import { unknownChannel } from '../../../services/channels/channels.ts';
import { showPreview } from '../../../services/channels/preview-channel.ts';
import { readAlertingSetup } from '../../../store/alerting-setup.ts';
import { type ListedChannel, listChannelsWithUse } from '../../../store/channel-list.ts';
import { listDeliveries } from '../../../store/deliveries.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import {
  ChannelForm,
  ChooseType,
  channelFields,
  DEFAULT,
  PREVIEW_EVENT,
  type PreviewState,
} from './channel-form.tsx';
import { ChannelActions, ChannelPage, Channels } from './channel-pages.tsx';
import { useOf } from './channel-uses.tsx';
import { testResult, typeName } from './channel-words.tsx';
import { withRemovals } from './merge-patch.ts';
import { References } from './references.tsx';
import {
  CHANNELS,
  ifMatch,
  isStale,
  pathOf,
  RefusedNotice,
  SectionTabs,
  StaleNotice,
  showApiRefusal,
} from './section.tsx';

const BACK = { path: CHANNELS, label: 'all channels' };
const ABOVE = [{ path: CHANNELS, label: 'Channels' }];
const RECENT = 5;
const SET_DEFAULT = `POST ${CHANNELS}/:id/default`;

export function addChannelPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(CHANNELS, async (c) => {
    const { config, caller } = c.var;
    const [channels, setup] = await Promise.all([
      listChannelsWithUse(config.db, caller.restriction),
      readAlertingSetup(config.db),
    ]);
    const rows = channels.map((channel) => ({ channel, use: useOf(channel, setup, caller.restriction) }));
    return dashboardPage(c, {
      title: 'Channels',
      intro: 'Where notifications go. Routes decide which channel gets which.',
      actions:
        rows.length > 0 && mayUse(c, `POST ${CHANNELS}`) ? (
          <a class="button primary" href={`${CHANNELS}/_new`}>
            Add a channel
          </a>
        ) : undefined,
      content: (
        <>
          <SectionTabs current={CHANNELS} />
          <Channels c={c} rows={rows} />
        </>
      ),
    });
  });

  app.get(`${CHANNELS}/_new`, async (c) => {
    const type = c.req.query('type') ?? '';
    if (findChannelType(type) === undefined)
      return dashboardPage(c, {
        title: 'Add a channel',
        intro: 'Choose where notifications go.',
        above: ABOVE,
        content: <ChooseType />,
      });
    const posted = { type: [type], ...((await isNobodyNotified(c)) ? { [DEFAULT]: ['yes'] } : {}) };
    return showForm(c, { type: type as ChannelType, stored: null, posted });
  });

  app.post(`${CHANNELS}/_new`, async (c) => {
    const posted = await readPosted(c);
    const type = posted.type?.at(-1) ?? '';
    if (findChannelType(type) === undefined) return c.redirect(`${CHANNELS}/_new`, 303);
    return showForm(c, { type: type as ChannelType, stored: null, posted, previewed: true });
  });

  app.post(CHANNELS, async (c) => {
    const posted = await readPosted(c);
    const type = (posted.type?.at(-1) ?? '') as ChannelType;
    if (findChannelType(type) === undefined) return c.redirect(`${CHANNELS}/_new`, 303);
    const body = readInput(channelFields(type, null), posted);
    const created = await callApi(c, 'POST', '/api/v1/channels', { body });
    if (!created.ok) return showForm(c, { type, stored: null, posted, refused: created });
    const { id, name } = created.body;
    const refusal = posted[DEFAULT]?.at(-1) === 'yes' ? await addToDefaults(c, id) : null;
    return redirectWith(
      c,
      pathOf(CHANNELS, id),
      refusal === null
        ? { text: `Channel ${name} was created. Send a test to see whether messages arrive.`, tone: 'good' }
        : { text: `Channel ${name} was created, but is no default channel: ${refusal}`, tone: 'warn' },
    );
  });

  app.get(`${CHANNELS}/:id`, async (c) => {
    const { config, caller } = c.var;
    const id = c.req.param('id');
    const channel = await findListed(c, id);
    if (channel === null) return showRefusal(c, unknownChannel(id), BACK);
    const [setup, recent] = await Promise.all([
      readAlertingSetup(config.db),
      listDeliveries(config.db, { channelIds: [id], limit: RECENT }),
    ]);
    return dashboardPage(c, {
      title: channel.name,
      above: ABOVE,
      actions: <ChannelActions c={c} channel={channel} />,
      content: (
        <ChannelPage
          c={c}
          channel={channel}
          use={useOf(channel, setup, caller.restriction)}
          recent={recent.rows}
          settingsVersion={setup.defaults.version + 1}
        />
      ),
    });
  });

  app.get(`${CHANNELS}/:id/edit`, async (c) => {
    const id = c.req.param('id');
    const stored = await findListed(c, id);
    if (stored === null || findChannelType(stored.type) === undefined)
      return showRefusal(c, unknownChannel(id), BACK);
    const type = stored.type as ChannelType;
    const { name, tags, templates } = stored;
    const values = formValues(channelFields(type, stored), {
      ...{ name, tags, templates },
      config: readConfig(findChannelType(type)!, stored.publicConfig),
    });
    return showForm(c, { type, stored, posted: values, version: String(stored.version), previewed: true });
  });

  app.post(`${CHANNELS}/:id/edit`, async (c) => {
    const id = c.req.param('id');
    const stored = await findListed(c, id);
    if (stored === null) return showRefusal(c, unknownChannel(id), BACK);
    const posted = await readPosted(c);
    const type = stored.type as ChannelType;
    return showForm(c, { type, stored, posted, version: posted.version?.at(-1), previewed: true });
  });

  app.post(`${CHANNELS}/:id`, async (c) => {
    const id = c.req.param('id');
    const stored = await findListed(c, id);
    if (stored === null) return showRefusal(c, unknownChannel(id), BACK);
    const type = stored.type as ChannelType;
    const posted = await readPosted(c);
    const version = posted.version?.at(-1);
    const fields = channelFields(type, stored);
    const body = withRemovals(fields, readInput(fields, posted, 'update'), {
      config: stored.publicConfig,
      tags: stored.tags,
    });
    const path = pathOf(CHANNELS, id);
    const saved = await callApi(c, 'PATCH', `/api/v1/channels/${encodeURIComponent(id)}`, {
      body,
      headers: ifMatch(version),
    });
    if (saved.ok)
      return redirectWith(c, path, { text: `Channel ${saved.body.name} was saved.`, tone: 'good' });
    const shown = isStale(saved) ? String(stored.version) : version;
    return showForm(c, { type, stored, posted, version: shown, refused: saved });
  });

  app.post(`${CHANNELS}/:id/test`, async (c) => {
    const id = c.req.param('id');
    const { back } = await readForm(c);
    const stored = await findListed(c, id);
    if (stored === null) return showRefusal(c, unknownChannel(id), BACK);
    const tested = await callApi(c, 'POST', `/api/v1/channels/${encodeURIComponent(id)}/test`);
    if (!tested.ok) return showApiRefusal(c, tested, BACK);
    const path = back === 'list' ? CHANNELS : pathOf(CHANNELS, id);
    return redirectWith(c, path, testResult(stored.name, tested.body, stored.enabled));
  });

  app.post(`${CHANNELS}/:id/state`, async (c) => {
    const id = c.req.param('id');
    const path = pathOf(CHANNELS, id);
    const enabled = (await readForm(c)).enabled === 'yes';
    const saved = await callApi(c, 'PATCH', `/api/v1/channels/${encodeURIComponent(id)}`, {
      body: { enabled },
    });
    if (!saved.ok) return showApiRefusal(c, saved, { path, label: 'the channel' });
    const text = enabled
      ? `Channel ${saved.body.name} is enabled. What is still open is sent now.`
      : `Channel ${saved.body.name} is disabled. It gets no notifications.`;
    return redirectWith(c, path, {
      ...{ text, tone: 'good' },
      undo: { action: `${path}/state`, fields: { enabled: enabled ? 'no' : 'yes' } },
    });
  });

  app.post(`${CHANNELS}/:id/default`, async (c) => {
    const id = c.req.param('id');
    const path = pathOf(CHANNELS, id);
    const values = await readForm(c);
    const stored = await findListed(c, id);
    if (stored === null) return showRefusal(c, unknownChannel(id), BACK);
    const { defaults } = await readAlertingSetup(c.var.config.db);
    const isDefault = values.default === 'yes';
    const others = defaults.ids.filter((one) => one !== id);
    const saved = await callApi(c, 'PATCH', '/api/v1/settings', {
      body: { defaultChannels: isDefault ? [...others, id] : others },
      headers: ifMatch(values.version),
    });
    if (!saved.ok) return showApiRefusal(c, saved, { path, label: 'the channel' });
    const text = isDefault
      ? `${stored.name} is a default channel now.`
      : `${stored.name} is no default channel any more.`;
    return redirectWith(c, path, {
      ...{ text, tone: 'good' },
      undo: { action: `${path}/default`, fields: { default: isDefault ? 'no' : 'yes' } },
    });
  });

  app.post(`${CHANNELS}/:id/delete`, async (c) => {
    const id = c.req.param('id');
    const path = pathOf(CHANNELS, id);
    const { confirm, detach } = await readForm(c);
    if (confirm !== 'yes') return needsConfirmation(c, { path, label: 'the channel' });
    const query = detach === 'yes' ? '?detach=true' : '';
    const deleted = await callApi(c, 'DELETE', `/api/v1/channels/${encodeURIComponent(id)}${query}`);
    if (deleted.ok) return redirectWith(c, CHANNELS, { text: 'The channel was deleted.', tone: 'good' });
    const { references = [] } = deleted.body;
    if (references.length === 0 || detach === 'yes')
      return showApiRefusal(c, deleted, { path, label: 'the channel' });
    return dashboardPage(
      c,
      {
        title: 'Delete the channel?',
        above: ABOVE,
        content: (
          <References c={c} references={references} what="channel" action={`${path}/delete`} back={path} />
        ),
      },
      409,
    );
  });
}

/** An outage of a mesh without default channels and routes reaches nobody. */
async function isNobodyNotified(c: Context<HttpEnv>): Promise<boolean> {
  if (!mayUse(c, SET_DEFAULT)) return false;
  const { defaults, routes } = await readAlertingSetup(c.var.config.db);
  return defaults.ids.length === 0 && routes.length === 0;
}

/** Why it is no default channel, or null. */
async function addToDefaults(c: Context<HttpEnv>, id: string): Promise<string | null> {
  const { defaults } = await readAlertingSetup(c.var.config.db);
  const saved = await callApi(c, 'PATCH', '/api/v1/settings', {
    body: { defaultChannels: [...defaults.ids, id] },
    headers: ifMatch(String(defaults.version + 1)),
  });
  return saved.ok ? null : saved.detail;
}

/** Null if it does not exist, or is outside the restriction. */
async function findListed(c: Context<HttpEnv>, id: string): Promise<ListedChannel | null> {
  const [row] = await listChannelsWithUse(c.var.config.db, c.var.caller.restriction, id);
  return row ?? null;
}

interface ShownForm {
  readonly type: ChannelType;
  readonly stored: ListedChannel | null;
  readonly posted: PostedValues;
  readonly version?: string | undefined;
  readonly previewed?: boolean;
  readonly refused?: ApiResponse;
}

async function showForm(
  c: Context<HttpEnv>,
  { type, stored, posted, version, previewed = false, refused }: ShownForm,
) {
  const fields = channelFields(type, stored);
  const status: PageStatus = refused === undefined ? 200 : isStale(refused) ? 409 : 422;
  const event = eventOf(posted);
  const preview: PreviewState = previewed
    ? await previewOf(c, type, stored, posted)
    : { event, shown: null, problem: null };
  return dashboardPage(
    c,
    {
      title: stored === null ? `Add ${typeName(type)}` : `Edit ${stored.name}`,
      above:
        stored === null
          ? [...ABOVE, { path: `${CHANNELS}/_new`, label: 'Add a channel' }]
          : [...ABOVE, { path: pathOf(CHANNELS, stored.id), label: stored.name }],
      content: (
        <>
          {refused === undefined ? null : isStale(refused) ? (
            <StaleNotice what="channel" path={`${pathOf(CHANNELS, stored!.id)}/edit`} />
          ) : (
            <RefusedNotice errors={refused.errors} />
          )}
          <ChannelForm
            c={c}
            type={type}
            stored={stored}
            fields={fields}
            values={posted}
            offersDefault={mayUse(c, SET_DEFAULT)}
            errors={refused === undefined || isStale(refused) ? {} : refused.errors}
            version={version}
            preview={preview}
          />
        </>
      ),
    },
    status,
  );
}

const eventOf = (posted: PostedValues): EventType => {
  const event = posted[PREVIEW_EVENT]?.at(-1) ?? '';
  return (eventTypes as readonly string[]).includes(event) ? (event as EventType) : 'incident.opened';
};

/** Secrets and addresses are left out: values of the documentation stand in for them. */
async function previewOf(
  c: Context<HttpEnv>,
  type: ChannelType,
  stored: ListedChannel | null,
  posted: PostedValues,
): Promise<PreviewState> {
  const channel = findChannelType(type)!;
  const body = readInput(channelFields(type, stored), posted);
  const written = (body.config ?? {}) as Readonly<Record<string, unknown>>;
  const secret = new Set<string>([...channel.secretFields, ...channel.urlFields]);
  const config = Object.fromEntries(Object.entries(written).filter(([field]) => !secret.has(field)));
  const event = eventOf(posted);
  const templates = (body.templates ?? {}) as Templates;
  const shown = await showPreview(
    c.var.config,
    { channelId: stored?.id, type, config, templates, event },
    c.var.caller,
  );
  return shown.ok
    ? { event, shown: shown.value, problem: null }
    : { event, shown: null, problem: shown.error.message };
}
