// Owns the routes of settings of the mesh and of identity providers.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findScheduledBackup } from '../../../store/backup/scheduled-backup.ts';
import { listChannels } from '../../../store/channels.ts';
import { findDeadMansSwitch } from '../../../store/dead-mans-switch.ts';
import { findProvider, listProviders, type ProviderRow } from '../../../store/identity-providers.ts';
import { readDefaultChannels } from '../../../store/settings.ts';
import { ownOrigin } from '../../access/own-origin.ts';
import { providerInputSchema, toProviderResponse } from '../../api/identity-providers/schema.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { type FormErrors, type FormValues, readForm } from '../form.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { type FieldSpec, fieldsOf } from '../schema-form/field-spec.ts';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { readGroupRules, writeGroupRules } from './group-rules.ts';
import { PROVIDERS_PATH, ProviderForm, Providers } from './provider-pages.tsx';
import { SettingsPage } from './settings-page.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

const PATH = '/dashboard/settings';
const PROVIDERS_API = '/api/v1/identity-providers';

export function addSettingsPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, (c) => showSettings(c));

  app.post(`${PATH}/default-channels`, async (c) => {
    const { defaultChannels = [] } = await readPosted(c);
    const before = await readDefaultChannels(c.var.config.db);
    const saved = await callApi(c, 'PATCH', '/api/v1/settings', { body: { defaultChannels } });
    if (!saved.ok) return showSettings(c, {}, { ...saved.errors, defaultChannels: saved.detail }, 422);
    const isSame = before.ids.join() === defaultChannels.join();
    return redirectWith(c, PATH, {
      text: isSame ? 'Nothing was different.' : 'The default channels are saved.',
      tone: 'good',
    });
  });

  app.post(`${PATH}/dead-mans-switch`, async (c) => {
    const { url = '' } = await readForm(c);
    const saved = await callApi(c, 'PUT', '/api/v1/settings/dead-mans-switch', { body: { url } });
    return saved.ok
      ? redirectWith(c, PATH, { text: `The mesh calls ${saved.body.host} from now on.`, tone: 'good' })
      : showSettings(c, { url }, { ...saved.errors, url: saved.errors.url ?? saved.detail }, 422);
  });

  app.post(`${PATH}/dead-mans-switch/remove`, async (c) => {
    const removed = await callApi(c, 'DELETE', '/api/v1/settings/dead-mans-switch');
    return redirectWith(
      c,
      PATH,
      removed.ok
        ? { text: 'The address is not called any more.', tone: 'good' }
        : { text: removed.detail, tone: 'bad' },
    );
  });

  addProviderPages(app);
}

async function showSettings(
  c: Context<HttpEnv>,
  values: FormValues = {},
  errors: FormErrors = {},
  status: PageStatus = 200,
) {
  const { db } = c.var.config;
  const [channels, defaults, deadMansSwitch, scheduledBackup] = await Promise.all([
    listChannels(db),
    readDefaultChannels(db),
    findDeadMansSwitch(db),
    findScheduledBackup(db),
  ]);
  return dashboardPage(
    c,
    {
      title: 'Settings',
      content: (
        <>
          <SettingsTabs c={c} current={PATH} />
          <SettingsPage
            c={c}
            channels={channels}
            defaults={defaults.ids}
            deadMansSwitch={deadMansSwitch}
            scheduledBackup={scheduledBackup}
            values={values}
            errors={errors}
          />
        </>
      ),
    },
    status,
  );
}

const OPTIONS = {
  id: { omit: true },
  rules: { omit: true },
  type: {
    label: 'Kind',
    choices: [
      { value: 'oidc', label: 'OpenID Connect' },
      { value: 'cloudflare_access', label: 'Cloudflare Access' },
    ],
  },
  audience: { label: 'Client ID or audience tag' },
  secret: {
    label: 'Client secret',
    widget: 'secret',
    hint: 'Not for Cloudflare Access. No page shows it again.',
  },
  scopes: { advanced: true },
  groupsClaim: { advanced: true },
} as const;

const newFields = fieldsOf(providerInputSchema, OPTIONS);
/** The kind of a stored provider does not change. */
const storedFields = fieldsOf(providerInputSchema, { ...OPTIONS, type: { omit: true } });

function addProviderPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PROVIDERS_PATH, async (c) => {
    const providers = await listProviders(c.var.config.db);
    return dashboardPage(c, {
      title: 'Single sign-on',
      actions:
        providers.length > 0 ? (
          <a class="button primary" href={`${PROVIDERS_PATH}/_new`}>
            Add a provider
          </a>
        ) : undefined,
      content: (
        <>
          <SettingsTabs c={c} current={PROVIDERS_PATH} />
          <Providers providers={providers} />
        </>
      ),
    });
  });

  app.get(`${PROVIDERS_PATH}/_new`, (c) => showNew(c, {}, {}));

  app.post(PROVIDERS_PATH, async (c) => {
    const posted = await readPosted(c);
    const created = await callApi(c, 'POST', PROVIDERS_API, { body: bodyOf(newFields, posted, 'create') });
    if (!created.ok) return showNew(c, posted, created.errors, 422);
    const { id, name, redirectUri } = created.body;
    const next = redirectUri === null ? '' : ' Register the redirect URI at the issuer.';
    return redirectWith(c, `${PROVIDERS_PATH}/${encodeURIComponent(id)}`, {
      text: `${name} is added.${next}`,
      tone: 'good',
    });
  });

  app.get(`${PROVIDERS_PATH}/:id`, async (c) => {
    const row = await findProvider(c.var.config.db, c.req.param('id'));
    return row === null ? missing(c) : showStored(c, row, valuesOf(c, row), {});
  });

  app.post(`${PROVIDERS_PATH}/:id`, async (c) => {
    const row = await findProvider(c.var.config.db, c.req.param('id'));
    if (row === null) return missing(c);
    const posted = await readPosted(c);
    const { secret, ...body } = bodyOf(storedFields, posted, 'update');
    const saved = await callApi(c, 'PATCH', `${PROVIDERS_API}/${encodeURIComponent(row.id)}`, {
      // An empty secret keeps the stored one.
      body: secret ? { ...body, secret } : body,
      headers: { 'if-match': `"${posted.version?.at(-1) ?? ''}"` },
    });
    if (saved.ok)
      return redirectWith(c, PROVIDERS_PATH, { text: `${saved.body.name} is saved.`, tone: 'good' });
    const changed = saved.status === 412;
    return showStored(c, row, posted, changed ? { form: CHANGED } : saved.errors, changed ? 409 : 422);
  });

  app.post(`${PROVIDERS_PATH}/:id/delete`, async (c) => {
    const id = c.req.param('id');
    const back = { path: `${PROVIDERS_PATH}/${encodeURIComponent(id)}`, label: 'the provider' };
    if ((await readForm(c)).confirm !== 'yes') return needsConfirmation(c, back);
    const deleted = await callApi(c, 'DELETE', `${PROVIDERS_API}/${encodeURIComponent(id)}`);
    if (deleted.ok)
      return redirectWith(c, PROVIDERS_PATH, { text: 'The provider is deleted.', tone: 'good' });
    return showRefusal(
      c,
      { kind: deleted.status === 404 ? 'not_found' : 'conflict', path: [], message: deleted.detail },
      back,
    );
  });
}

const CHANGED = 'Another request has changed this meanwhile. Open the page again and repeat the change.';

const bodyOf = (
  fields: readonly FieldSpec[],
  posted: PostedValues,
  mode: 'create' | 'update',
): Readonly<Record<string, unknown>> => ({
  ...readInput(fields, posted, mode),
  rules: readGroupRules(posted.rules?.at(-1) ?? ''),
});

const valuesOf = (c: Context<HttpEnv>, row: ProviderRow): PostedValues => {
  const body = toProviderResponse(row, ownOrigin(c));
  return { ...formValues(storedFields, body), rules: [writeGroupRules(body.rules)] };
};

const showNew = (c: Context<HttpEnv>, values: PostedValues, errors: FormErrors, status: PageStatus = 200) =>
  dashboardPage(
    c,
    {
      title: 'Add a provider',
      above: [{ path: PROVIDERS_PATH, label: 'Single sign-on' }],
      content: (
        <ProviderForm
          c={c}
          id={null}
          version=""
          fields={newFields}
          values={values}
          errors={errors}
          registration={null}
        />
      ),
    },
    status,
  );

const showStored = (
  c: Context<HttpEnv>,
  row: ProviderRow,
  values: PostedValues,
  errors: FormErrors,
  status: PageStatus = 200,
) =>
  dashboardPage(
    c,
    {
      title: row.name,
      above: [{ path: PROVIDERS_PATH, label: 'Single sign-on' }],
      content: (
        <ProviderForm
          c={c}
          id={row.id}
          version={String(row.version)}
          fields={storedFields}
          values={values}
          errors={errors}
          registration={toProviderResponse(row, ownOrigin(c))}
        />
      ),
    },
    status,
  );

const missing = (c: Context<HttpEnv>) =>
  showRefusal(
    c,
    { kind: 'not_found', path: ['id'], message: '' },
    { path: PROVIDERS_PATH, label: 'all providers' },
  );
