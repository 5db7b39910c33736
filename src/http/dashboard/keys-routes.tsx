// Owns the routes of the pages of API keys. Does not own their rules: services/api-keys does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { unknownKey } from '../../services/api-keys/api-key.ts';
import { createApiKey, type IssuedKey } from '../../services/api-keys/api-keys.ts';
import { revokeApiKey } from '../../services/api-keys/revoke-api-key.ts';
import { rotateApiKey } from '../../services/api-keys/rotate-api-key.ts';
import { findApiKey, listApiKeys } from '../../store/api-keys.ts';
import { apiKeyInputSchema } from '../api/api-keys/schema.ts';
import type { HttpEnv } from '../context.ts';
import type { PageStatus } from '../ui/page.ts';
import { dashboardPage } from './dashboard-layout.tsx';
import { type FormErrors, type FormValues, readForm } from './form.tsx';
import { readFields, readTags, serviceErrors } from './form-fields.ts';
import { Key, Keys, LIFETIMES, NewSecret, OVERLAPS } from './keys-page.tsx';
import { Done, Notice } from './notice.tsx';
import { needsConfirmation, showRefusal } from './refusal.tsx';
import { SettingsTabs } from './settings/settings-tabs.tsx';

const PATH = '/dashboard/keys';
const ABOVE = [{ path: PATH, label: 'API keys' }];
const BACK = { path: PATH, label: 'all API keys' };
const DAY_MS = 86_400_000;

const DONE = { revoked: 'The API key was revoked. It stopped working at once.' };

export function addKeyPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, (c) => showKeys(c));

  app.post(PATH, async (c) => {
    const { config, caller, now } = c.var;
    const values = await readForm(c);
    const { name, role, lifetime = '' } = values;
    const read = readFields(apiKeyInputSchema, { name, role, tags: readTags(values.tags) });
    if (!read.ok) return showKeys(c, values, read.error, 422);
    if (!Object.hasOwn(LIFETIMES, lifetime))
      return showKeys(c, values, { form: 'Choose after which time the key expires.' }, 422);
    const { days } = LIFETIMES[lifetime]!;
    const expiresAt = days === null ? null : now + days * DAY_MS;
    const created = await createApiKey(config, caller, { ...read.value, expiresAt });
    return created.ok
      ? showSecret(c, 'API key created', created.value, 201)
      : showKeys(c, values, serviceErrors(created.error), 422);
  });

  app.get(`${PATH}/:id`, async (c) => {
    const id = c.req.param('id');
    const row = await findApiKey(c.var.config.db, id);
    if (row === null) return showRefusal(c, unknownKey(id), BACK);
    return dashboardPage(c, {
      title: row.name,
      above: ABOVE,
      content: (
        <>
          <Done c={c} texts={DONE} />
          <Key c={c} row={row} />
        </>
      ),
    });
  });

  app.post(`${PATH}/:id/rotate`, async (c) => {
    const { config, caller } = c.var;
    const { overlapMinutes = '' } = await readForm(c);
    if (!Object.hasOwn(OVERLAPS, overlapMinutes))
      return showRefusal(c, invalid('Choose how long the old key works.'), BACK);
    const id = c.req.param('id');
    const rotated = await rotateApiKey(config, caller, id, { overlapMinutes: Number(overlapMinutes) });
    return rotated.ok
      ? showSecret(c, 'API key rotated', rotated.value)
      : showRefusal(c, rotated.error, { path: `${PATH}/${encodeURIComponent(id)}`, label: 'the API key' });
  });

  app.post(`${PATH}/:id/revoke`, async (c) => {
    const id = c.req.param('id');
    const path = `${PATH}/${encodeURIComponent(id)}`;
    if ((await readForm(c)).confirm !== 'yes') return needsConfirmation(c, { path, label: 'the API key' });
    const revoked = await revokeApiKey(c.var.config, c.var.caller, id);
    if (!revoked.ok) return showRefusal(c, revoked.error, { path, label: 'the API key' });
    return c.redirect(`${path}?done=revoked`, 303);
  });
}

async function showKeys(
  c: Context<HttpEnv>,
  values: FormValues = {},
  errors: FormErrors = {},
  status: PageStatus = 200,
) {
  const keys = await listApiKeys(c.var.config.db);
  return dashboardPage(
    c,
    {
      title: 'API keys',
      content: (
        <>
          <SettingsTabs c={c} current={PATH} />
          {status === 200 ? null : <Notice tone="bad" title={errors.form ?? 'No key was created.'} />}
          <Keys c={c} keys={keys} values={values} errors={errors} />
        </>
      ),
    },
    status,
  );
}

const showSecret = (c: Context<HttpEnv>, title: string, issued: IssuedKey, status: PageStatus = 200) =>
  dashboardPage(c, { title, above: ABOVE, content: <NewSecret issued={issued} /> }, status);

const invalid = (message: string) => ({ kind: 'invalid', path: [], message }) as const;
