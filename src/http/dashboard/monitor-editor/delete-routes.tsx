// Owns the page that deletes a monitor: a box to tick, and what names the monitor, if something does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { ifInside } from '../../../services/access/references.ts';
import type { Reference } from '../../../services/references/reference.ts';
import { findMonitor, type MonitorRow } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { Confirm, Form } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { showRefusal } from '../refusal.tsx';
import { wordsOf } from '../schema-form/field-spec.ts';
import { ALL_MONITORS } from './edit-routes.tsx';

const PATH = '/dashboard/monitors/:id/delete';

export function addDeleteMonitorPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const row = await findShown(c);
    return row === null ? missing(c) : showDelete(c, row, {});
  });

  app.post(PATH, async (c) => {
    const posted = await readPosted(c);
    const row = await findShown(c);
    if (row === null) return missing(c);
    if (posted.confirm?.at(-1) !== 'yes')
      return showDelete(c, row, { error: 'Tick the box to delete the monitor.' });
    const detach = posted.detach?.at(-1) === 'yes' ? '?detach=true' : '';
    const deleted = await callApi(c, 'DELETE', `/api/v1/monitors/${encodeURIComponent(row.id)}${detach}`);
    if (deleted.ok)
      return redirectWith(c, ALL_MONITORS.path, { text: `${row.name} was deleted.`, tone: 'good' });
    if (deleted.status === 404) return missing(c);
    const references: readonly Reference[] = deleted.body.references ?? [];
    // Without any, or with some outside the access of the person, the API says why.
    const canDetach = references.length > 0 && detach === '' && !/outside your access/.test(deleted.detail);
    return showDelete(c, row, canDetach ? { references } : { error: deleted.detail });
  });
}

const missing = (c: Context<HttpEnv>) => showRefusal(c, { kind: 'not_found', message: '' }, ALL_MONITORS);

const findShown = async (c: Context<HttpEnv>): Promise<MonitorRow | null> =>
  ifInside(c.var.caller.restriction, await findMonitor(c.var.config.db, c.req.param('id')!));

const EFFECTS: Record<Reference['effect'], string> = {
  detached: 'stays, without this monitor',
  emptied: 'stays, and has no monitor then',
  ended: 'ends now',
  deleted: 'is deleted too',
};

interface DeleteProps {
  readonly error?: string;
  readonly references?: readonly Reference[];
}

const showDelete = (c: Context<HttpEnv>, { id, name }: MonitorRow, { error, references = [] }: DeleteProps) =>
  dashboardPage(
    c,
    {
      title: `Delete ${name}?`,
      above: [
        { path: ALL_MONITORS.path, label: 'Monitors' },
        { path: `/dashboard/monitors/${id}`, label: name },
      ],
      content: (
        <div class="card pad">
          {error === undefined ? null : (
            <Notice tone="bad" title="Nothing was deleted.">
              <p>{error}</p>
            </Notice>
          )}
          {references.length === 0 ? null : (
            <Notice tone="warn" title="Other things name this monitor. Nothing was deleted.">
              <ul>
                {references.map((reference) => (
                  <li>
                    {wordsOf(reference.kind)} <bdi>{reference.name}</bdi> {EFFECTS[reference.effect]}
                  </li>
                ))}
              </ul>
            </Notice>
          )}
          <p>
            Its checks stop, and its open incident ends. This cannot be undone. To stop checks for a time,{' '}
            <a href={`/dashboard/monitors/${id}/edit`}>pause it</a>.
          </p>
          <Form c={c} action={`/dashboard/monitors/${id}/delete`}>
            {references.length === 0 ? null : <input type="hidden" name="detach" value="yes" />}
            <Confirm
              label={
                references.length === 0
                  ? `Delete ${name}`
                  : `Delete ${name}, and change what names it as listed above`
              }
            />
            <div class="actions">
              <button type="submit" class="danger">
                Delete the monitor
              </button>
              <a class="button" href={`/dashboard/monitors/${id}`}>
                Cancel
              </a>
            </div>
          </Form>
        </div>
      ),
    },
    error !== undefined ? 422 : references.length > 0 ? 409 : 200,
  );
