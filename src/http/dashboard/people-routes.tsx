// Owns the routes of the pages of people. Does not own their rules: services/people does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { ok } from '../../result.ts';
import { deletePerson, updatePerson } from '../../services/people/change-person.ts';
import { createPerson } from '../../services/people/create-person.ts';
import { type Invitation, invitationPath, invitePerson } from '../../services/people/invitation.ts';
import { isLocal, type PersonDefinition, unknownPerson } from '../../services/people/person.ts';
import { listChannels } from '../../store/channels.ts';
import { listCredentials, NO_CREDENTIALS } from '../../store/credentials.ts';
import { findPerson, listPeople, type PersonRow } from '../../store/people.ts';
import { ownOrigin } from '../access/own-origin.ts';
import { mergePerson, personInputSchema, personPatchSchema } from '../api/people/schema.ts';
import type { HttpEnv } from '../context.ts';
import type { PageStatus } from '../ui/page.ts';
import { readContacts } from './contact-fields.tsx';
import { dashboardPage } from './dashboard-layout.tsx';
import { type FormErrors, type FormValues, readForm } from './form.tsx';
import { readFields, readTags, serviceErrors } from './form-fields.ts';
import { Done, Notice } from './notice.tsx';
import { Invited, People, Person } from './people-page.tsx';
import { needsConfirmation, showRefusal } from './refusal.tsx';
import { SettingsTabs } from './settings/settings-tabs.tsx';

const PATH = '/dashboard/people';
const ABOVE = [{ path: PATH, label: 'People' }];
const BACK = { path: PATH, label: 'all people' };
const DONE = {
  saved: 'The person was saved. If role or access changed, all sessions of the person ended.',
  deleted: 'The person was deleted.',
};

export function addPeoplePages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, (c) => showPeople(c));

  app.post(PATH, async (c) => {
    const { config, caller } = c.var;
    const values = await readForm(c);
    const { name, username, role } = values;
    const read = readFields(personInputSchema, { name, username, role, tags: readTags(values.tags) });
    if (!read.ok) return showPeople(c, values, read.error, 422);
    const created = await createPerson(config, caller, read.value);
    if (!created.ok) return showPeople(c, values, serviceErrors(created.error), 422);
    return showInvitation(c, created.value.row, created.value.invitation, 201);
  });

  app.get(`${PATH}/:id`, async (c) => {
    const person = await findPerson(c.var.config.db, c.req.param('id'));
    return person === null ? notFound(c) : showPerson(c, person);
  });

  app.post(`${PATH}/:id`, async (c) => {
    const { config, caller } = c.var;
    const id = c.req.param('id');
    const person = await findPerson(config.db, id);
    if (person === null) return notFound(c);
    const values = await readForm(c);
    const { name, role } = values;
    const disabled = values.disabled === 'yes';
    const channels = readContacts(values, person.channels);
    const own = { disabled, channels };
    const fields = isLocal(person) ? { name, role, tags: readTags(values.tags), ...own } : own;
    const read = readFields(personPatchSchema, fields);
    if (!read.ok) return showPerson(c, person, values, read.error, 422);
    const patch = (stored: PersonDefinition) => ok(mergePerson(stored, read.value));
    const updated = await updatePerson(config, caller, id, patch, Number(values.version));
    if (updated.ok) return c.redirect(`${pathOf(id)}?done=saved`, 303);
    const { error } = updated;
    return error.kind === 'precondition_failed' || error.kind === 'not_found'
      ? showRefusal(c, error, { path: pathOf(id), label: 'the person' })
      : showPerson(c, person, values, serviceErrors(error), 422);
  });

  app.post(`${PATH}/:id/invitation`, async (c) => {
    const { config, caller } = c.var;
    const id = c.req.param('id');
    const invited = await invitePerson(config, caller, id);
    if (!invited.ok) return showRefusal(c, invited.error, { path: pathOf(id), label: 'the person' });
    return showInvitation(c, invited.value.row, invited.value.invitation);
  });

  app.post(`${PATH}/:id/delete`, async (c) => {
    const { config, caller } = c.var;
    const id = c.req.param('id');
    const back = { path: pathOf(id), label: 'the person' };
    if ((await readForm(c)).confirm !== 'yes') return needsConfirmation(c, back);
    const deleted = await deletePerson(config, caller, id);
    if (deleted.ok) return c.redirect(`${PATH}?done=deleted`, 303);
    const { error } = deleted;
    if (error.kind !== 'referenced') return showRefusal(c, error, back);
    const schedules = error.references.map(({ name }) => name).join(', ');
    const message = `On-call schedules name this person: ${schedules}. Remove the person there first.`;
    return showRefusal(c, { kind: 'conflict', path: [], message }, back);
  });
}

async function showPeople(
  c: Context<HttpEnv>,
  values: FormValues = {},
  errors: FormErrors = {},
  status: PageStatus = 200,
) {
  const { config, now } = c.var;
  const people = await listPeople(config.db);
  const credentials = await listCredentials(config.db, now);
  return dashboardPage(
    c,
    {
      title: 'People',
      content: (
        <>
          <SettingsTabs c={c} current={PATH} />
          <Done c={c} texts={DONE} />
          {status === 200 ? null : <Notice tone="bad" title={errors.form ?? 'No person was invited.'} />}
          <People c={c} people={people} credentials={credentials} values={values} errors={errors} />
        </>
      ),
    },
    status,
  );
}

async function showPerson(
  c: Context<HttpEnv>,
  person: PersonRow,
  values?: FormValues,
  errors: FormErrors = {},
  status: PageStatus = 200,
) {
  const { config, now } = c.var;
  const credentials = (await listCredentials(config.db, now, person.id)).get(person.id) ?? NO_CREDENTIALS;
  const channels = await listChannels(config.db);
  // An error at a field that the form does not have belongs to the whole form.
  const failed =
    errors.form ??
    errors.disabled ??
    errors.channels ??
    (isLocal(person) ? undefined : Object.values(errors)[0]);
  return dashboardPage(
    c,
    {
      title: person.name,
      above: ABOVE,
      content: (
        <>
          <Done c={c} texts={DONE} />
          {status === 200 ? null : <Notice tone="bad" title={failed ?? 'Nothing was changed.'} />}
          <Person
            c={c}
            person={person}
            credentials={credentials}
            channels={channels}
            values={values}
            errors={errors}
          />
        </>
      ),
    },
    status,
  );
}

const showInvitation = (
  c: Context<HttpEnv>,
  { name }: PersonRow,
  invitation: Invitation,
  status: PageStatus = 200,
) =>
  dashboardPage(
    c,
    {
      title: 'Invitation created',
      above: ABOVE,
      content: (
        <Invited
          name={name}
          link={`${ownOrigin(c)}${invitationPath(invitation)}`}
          expiresAt={invitation.expiresAt}
        />
      ),
    },
    status,
  );

const notFound = (c: Context<HttpEnv>) => showRefusal(c, unknownPerson(''), BACK);

const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;
