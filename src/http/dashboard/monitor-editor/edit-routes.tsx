// Owns the pages that change a monitor. A change of somebody else meanwhile is shown, and overwritten only on request.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { placeholdersDeep } from '../../../../probes/checks/shared/secrets.ts';
import { isHeartbeatLocation } from '../../../engine/model/heartbeat.ts';
import { readInside, showMonitor } from '../../../services/access/inside.ts';
import { ifInside } from '../../../services/access/references.ts';
import { writtenMonitor } from '../../../services/monitors/audit-monitor.ts';
import { findMonitor } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import type { FormErrors } from '../form.tsx';
import { DUE_TIMES, withOneSchedule } from '../heartbeat/schedule-fields.tsx';
import { Notice } from '../notice.tsx';
import { showRefusal } from '../refusal.tsx';
import type { FieldSpec } from '../schema-form/field-spec.ts';
import {
  formValues,
  type PostedValues,
  readInput,
  SECRET_SUFFIXES,
  withRemovals,
} from '../schema-form/form-input.ts';
import { withChangedRows } from '../schema-form/rows.ts';
import { convertCheck } from './convert-check.ts';
import { type Difference, differences } from './differences.ts';
import { type EditorData, readEditorData } from './editor-data.ts';
import { CHECK, EditorForm, TYPE_PREFIX } from './editor-form.tsx';
import { monitorFields } from './monitor-fields.ts';
import { NOT_RUN, withProbeDefaults } from './new-routes.tsx';
import { requestedRun } from './requested-run.ts';
import { runParts, startRun } from './run-parts.tsx';
import { StreamedParts, streamedPage } from './streamed-page.ts';

const PATH = '/dashboard/monitors/:id/edit';
const LIST = { path: '/dashboard/monitors', label: 'Monitors' };
export const ALL_MONITORS = { path: LIST.path, label: 'all monitors' };

export function addEditMonitorPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const edited = await readEdited(c);
    return edited === null ? missing(c) : showForm(c, edited, { values: edited.values });
  });

  app.post(PATH, async (c) => {
    const posted = await readPosted(c);
    const edited = await readEdited(c);
    if (edited === null) return missing(c);
    const wish = posted.do?.at(-1) ?? '';
    if (wish === CHECK) return checkForm(c, edited, posted);
    if (wish === DUE_TIMES) return showForm(c, edited, { values: posted, version: posted.version?.at(-1) });
    if (wish.startsWith(TYPE_PREFIX))
      return showForm(c, edited, {
        values: withType(edited, posted, wish.slice(TYPE_PREFIX.length)),
        version: posted.version?.at(-1),
      });
    const changed = withChangedRows(edited.fieldsOf(typeOf(posted)), posted);
    if (changed) return showForm(c, edited, { values: changed, version: posted.version?.at(-1) });
    return save(c, edited, posted);
  });
}

const missing = (c: Context<HttpEnv>) => showRefusal(c, { kind: 'not_found', message: '' }, ALL_MONITORS);

/** A monitor as the person sees it, and its form. */
interface Edited {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly data: EditorData;
  /** Of a check of this type. */
  readonly fieldsOf: (type: string | undefined) => readonly FieldSpec[];
  readonly stored: ReturnType<typeof writtenMonitor>;
  readonly values: PostedValues;
}

async function readEdited(c: Context<HttpEnv>): Promise<Edited | null> {
  const { config, caller } = c.var;
  const { restriction } = caller;
  const [data, found, inside] = await Promise.all([
    readEditorData(c),
    findMonitor(config.db, c.req.param('id')!),
    readInside(config.db, restriction),
  ]);
  const row = ifInside(restriction, found);
  if (row === null) return null;
  const stored = writtenMonitor(showMonitor(inside, row));
  const keptLocations =
    row.locations === 'all' ? [] : row.locations.filter((one) => !isHeartbeatLocation({ id: one }));
  const fieldsOf = (type: string | undefined) => monitorFields(data, { mode: 'update', keptLocations, type });
  const { id, name, version } = row;
  return { id, name, version, data, fieldsOf, stored, values: formValues(fieldsOf(row.check.type), stored) };
}

const typeOf = (values: PostedValues): string | undefined => values['check.type']?.at(-1);

interface Shown {
  readonly values: PostedValues;
  readonly errors?: FormErrors;
  /** The version that the form was made from. */
  readonly version?: string | undefined;
  /** What somebody else has changed meanwhile. */
  readonly conflict?: readonly Difference[];
}

const headOf = ({ id, name }: Edited) => ({
  title: `Edit ${name}`,
  above: [LIST, { path: `/dashboard/monitors/${id}`, label: name }],
});

const EditForm = ({
  c,
  edited,
  values,
  errors = {},
  version,
  conflict,
}: Shown & { c: Context<HttpEnv>; edited: Edited }) => (
  <EditorForm
    c={c}
    action={`/dashboard/monitors/${edited.id}/edit`}
    fields={edited.fieldsOf(typeOf(values))}
    values={values}
    errors={errors}
    submit={conflict === undefined ? 'Save' : 'Save over the other change'}
    hidden={{ version: version ?? String(edited.version) }}
    cancel={`/dashboard/monitors/${edited.id}`}
  >
    {conflict === undefined ? null : <Conflict id={edited.id} conflict={conflict} />}
  </EditorForm>
);

const Conflict = ({ id, conflict }: { id: string; conflict: readonly Difference[] }) => (
  <Notice tone="warn" title="Another person changed this monitor while the form was open. Nothing was saved.">
    {conflict.length === 0 ? (
      <p>What is stored now is what you typed.</p>
    ) : (
      <section class="scroll" tabindex={0} aria-label="What differs">
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Stored now</th>
              <th scope="col">In your form</th>
            </tr>
          </thead>
          <tbody>
            {conflict.map(({ label, stored, typed }) => (
              <tr>
                <th scope="row">{label}</th>
                <td>
                  <bdi>{stored}</bdi>
                </td>
                <td>
                  <bdi>{typed}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    )}
    <p>
      Save again to store your form, or{' '}
      <a href={`/dashboard/monitors/${id}/edit`}>start from what is stored</a>.
    </p>
  </Notice>
);

const showForm = (c: Context<HttpEnv>, edited: Edited, shown: Shown, status?: PageStatus) =>
  dashboardPage(
    c,
    {
      ...headOf(edited),
      actions: (
        <>
          <a class="button quiet" href={`/dashboard/monitors/_new?clone=${encodeURIComponent(edited.id)}`}>
            Clone
          </a>
          <a class="button quiet" href={`/dashboard/monitors/${edited.id}/delete`}>
            Delete…
          </a>
        </>
      ),
      content: <EditForm c={c} edited={edited} {...shown} />,
    },
    status ?? (Object.keys(shown.errors ?? {}).length > 0 ? 422 : 200),
  );

/** The stored check again, if the person goes back to its type. */
function withType({ data, fieldsOf, stored }: Edited, posted: PostedValues, type: string): PostedValues {
  const others = Object.entries(posted).filter(([name]) => !name.startsWith('check.'));
  const check = type === stored.check.type ? stored.check : convertCheck(posted, type);
  return {
    ...withProbeDefaults(data, posted),
    ...Object.fromEntries(others),
    ...formValues(
      fieldsOf(type).filter(({ path }) => path === 'check'),
      { check },
    ),
  };
}

function checkForm(c: Context<HttpEnv>, edited: Edited, posted: PostedValues) {
  const version = posted.version?.at(-1);
  const run = requestedRun(readInput(edited.fieldsOf(typeOf(posted)), posted), edited.id);
  if (!run.ok)
    return showForm(c, edited, { values: posted, version, errors: { ...run.error, form: NOT_RUN } });
  const parts = async function* () {
    const started = await startRun(c, run.value);
    const form = <EditForm c={c} edited={edited} values={posted} version={version} />;
    yield* runParts(started, edited.data.locationNames, form);
  };
  return streamedPage(c, { ...headOf(edited), content: <StreamedParts /> }, parts());
}

async function save(c: Context<HttpEnv>, edited: Edited, posted: PostedValues) {
  const { id, stored } = edited;
  const fields = edited.fieldsOf(typeOf(posted));
  const version = /^\d{1,15}$/.exec(posted.version?.at(-1) ?? '')?.[0] ?? '0';
  const body = updateOf(edited, posted);
  const stillUsed = usedThoughRemoved(body.check, posted);
  if (stillUsed !== null)
    return showForm(c, edited, { values: posted, version, errors: { 'check.secrets': stillUsed } });
  const headers = { 'if-match': `"${version}"` };
  const saved = await callApi(c, 'PATCH', `/api/v1/monitors/${encodeURIComponent(id)}`, { body, headers });
  if (saved.ok)
    return redirectWith(c, `/dashboard/monitors/${id}`, {
      text: `${saved.body.name} was saved.`,
      tone: 'good',
    });
  if (saved.status === 404) return missing(c);
  if (saved.status !== 412) return showForm(c, edited, { values: posted, version, errors: saved.errors });
  const conflict = differences(fields, formValues(fields, stored), posted);
  return showForm(c, edited, { values: posted, conflict }, 409);
}

/** The body of a PATCH. Another type of check replaces the whole check. */
function updateOf({ fieldsOf, stored }: Edited, typed: PostedValues): Readonly<Record<string, unknown>> {
  const posted = withOneSchedule(typed);
  const fields = fieldsOf(typeOf(posted));
  const body = withRemovals(fields, stored, readInput(fields, posted, 'update'));
  if (typeOf(posted) === stored.check.type) return body;
  const { check } = readInput(fields, posted, 'create');
  return { ...body, check };
}

/** The API keeps a secret as long as the check uses it. */
function usedThoughRemoved(check: unknown, posted: PostedValues): string | null {
  const { secrets: _, ...options } = (check ?? {}) as Record<string, unknown>;
  const used = placeholdersDeep(options);
  const name = posted[`check.secrets${SECRET_SUFFIXES.remove}`]?.find((one) => used.has(one));
  return name === undefined ? null : `The check still uses {{${name}}}. Remove it there first.`;
}
