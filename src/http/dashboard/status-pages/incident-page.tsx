// Owns the pages of a public incident: the form of a new one, and one with its updates and the form of one task. Does not read.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { PageChoices } from '../../../store/page-choices.ts';
import type { IncidentUpdateRow, PublicIncident } from '../../../store/public-incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { Prose } from '../../status-page/prose.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { Confirm, Form } from '../form.tsx';
import { Tabs } from '../parts/parts.tsx';
import type { FieldSpec } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { DeleteForm, Refusal, type Refused, Version } from './entry-form.tsx';
import { PREVIEW_WORDS, PreviewFrame } from './preview-frame.tsx';
import { chosenPages, reachOf } from './reach.ts';
import { PUBLIC_INCIDENTS, pathOf } from './section-tabs.tsx';
import { ImpactWords, StatusWords } from './status-words.tsx';
import { componentName, NotifyChoice, TemplateChoice } from './words-form.tsx';

export type IncidentTask = 'update' | 'publish' | 'postmortem' | 'details' | 'edit';

interface FormProps {
  readonly c: Context<HttpEnv>;
  readonly choices: PageChoices;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly refused: Refused | undefined;
}

interface WordsFormProps extends FormProps {
  readonly action: string;
  readonly submit: string;
  readonly version: { readonly version: number } | null;
  /** How many subscribers get it at most. Null: it is not asked. */
  readonly count: number | null;
  readonly hasTemplates?: boolean;
  readonly more?: Child;
}

/** The form beside the preview of its text. */
const WordsForm = ({ c, action, submit, version, count, hasTemplates, more, ...form }: WordsFormProps) => {
  const { choices, fields, values, refused } = form;
  const hasBody = fields.some(({ path }) => path === 'body');
  const errors = refused?.errors ?? {};
  return (
    <div class={hasBody ? 'editor words' : 'editor-alone'}>
      <Form c={c} action={action} class="plain" id="words-form">
        <button type="submit" class="on-enter">
          {submit}
        </button>
        <Version of={version} />
        {hasTemplates ? <TemplateChoice templates={choices.templates} /> : null}
        <SchemaFields fields={fields} values={values} errors={errors} />
        {count === null ? null : <NotifyChoice count={count} values={values} errors={errors} />}
        <p class="actions">
          <button type="submit" class="primary">
            {submit}
          </button>
          {more}
        </p>
      </Form>
      {hasBody ? (
        <PreviewFrame
          form="words-form"
          action={PREVIEW_WORDS}
          src={PREVIEW_WORDS}
          title="Preview of the text"
        />
      ) : null}
    </div>
  );
};

export const NewIncident = (props: FormProps) => (
  <>
    <Refusal refused={props.refused} current={PUBLIC_INCIDENTS} fields={pathsOf(props.fields)} />
    <WordsForm
      {...props}
      action={PUBLIC_INCIDENTS}
      submit="Create the incident"
      version={null}
      count={reachOf(props.choices, chosenPages(props.values))}
      hasTemplates
    />
  </>
);

const pathsOf = (fields: readonly FieldSpec[]) => [...fields.map(({ path }) => path), 'notify'];

interface IncidentPageProps extends FormProps {
  readonly incident: PublicIncident;
  readonly task: IncidentTask;
  readonly update: IncidentUpdateRow | undefined;
  readonly mayChange: boolean;
}

export const IncidentPage = (props: IncidentPageProps) => {
  const { c, incident, task, refused, fields, mayChange } = props;
  const path = pathOf(PUBLIC_INCIDENTS, incident.id);
  const isDraft = incident.state === 'draft';
  const tabs = [
    ...(isDraft ? [{ path: `${path}?do=publish`, label: 'Publish' }] : []),
    { path: `${path}?do=update`, label: 'Write an update' },
    { path: `${path}?do=postmortem`, label: 'Postmortem' },
    { path: `${path}?do=details`, label: 'Details' },
  ];
  return (
    <>
      <Facts incident={incident} choices={props.choices} />
      {mayChange ? (
        <>
          <Tabs tabs={tabs} current={`${path}?do=${task}`} label="What to do" />
          <Refusal refused={refused} current={path} fields={pathsOf(fields)} />
          <Task {...props} path={path} />
        </>
      ) : null}
      <Updates {...props} path={path} />
      {mayChange ? (
        <DeleteForm
          c={c}
          action={`${path}/delete`}
          version={incident}
          heading={isDraft ? 'Discard the draft' : 'Delete the incident'}
          label={isDraft ? 'Discard this draft' : 'Delete it with all its updates'}
        >
          <p>
            {isDraft
              ? 'The outage that opened it opens no other draft.'
              : 'Readers do not find it any more. Only editors delete what readers have seen.'}
          </p>
        </DeleteForm>
      ) : null}
    </>
  );
};

const Task = ({ path, ...props }: IncidentPageProps & { path: string }) => {
  const { incident, task, update, choices, values } = props;
  const form = { ...props, version: incident, count: null };
  const count = reachOf(choices, values.pages === undefined ? incident.pages : chosenPages(values));
  switch (task) {
    case 'update':
      return (
        <WordsForm
          {...form}
          action={`${path}/updates`}
          submit="Write the update"
          // A draft has no readers.
          count={incident.state === 'draft' ? 0 : count}
          hasTemplates
        />
      );
    case 'publish':
      return <WordsForm {...form} action={`${path}/publish`} submit="Publish" count={count} />;
    case 'postmortem':
      return (
        <WordsForm
          {...form}
          action={`${path}/postmortem`}
          submit="Save the postmortem"
          count={count}
          more={
            incident.postmortem === null ? null : (
              <button
                type="submit"
                class="danger"
                name="~delete"
                value="yes"
                formnovalidate
                data-confirm="Delete the postmortem?"
              >
                Delete it
              </button>
            )
          }
        />
      );
    case 'details':
      return <WordsForm {...form} action={path} submit="Save" />;
    default:
      return (
        <>
          <WordsForm
            {...form}
            action={`${path}/updates/${encodeURIComponent(update!.id)}`}
            submit="Correct the update"
            hasTemplates
          />
          <Form c={props.c} action={`${path}/updates/${encodeURIComponent(update!.id)}/delete`} class="plain">
            <Version of={incident} />
            <Confirm label="Delete this update" />
            <button type="submit" class="danger">
              Delete the update
            </button>
          </Form>
        </>
      );
  }
};

const Facts = ({ incident, choices }: Pick<IncidentPageProps, 'incident' | 'choices'>) => (
  <div class="plain">
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <StatusWords status={incident.status} />{' '}
        {incident.state === 'draft' ? <span class="pill">Draft: readers do not see it</span> : null}
      </dd>
      <dt>Components</dt>
      <dd>
        {incident.components.length === 0 ? 'None: it is about the whole page' : null}
        {incident.components.map(({ component, impact }) => (
          <p class="said">
            <bdi>{componentName(choices, component)}</bdi>: <ImpactWords impact={impact} />
          </p>
        ))}
      </dd>
      <dt>Pages</dt>
      <dd>{incident.pages === 'all' ? 'All' : incident.pages.join(', ') || 'None'}</dd>
      <dt>Began</dt>
      <dd>
        <Timestamp at={incident.startedAt} />
      </dd>
      {incident.resolvedAt === null ? null : (
        <>
          <dt>Ended</dt>
          <dd>
            <Timestamp at={incident.resolvedAt} />
          </dd>
        </>
      )}
      {incident.incidents.length === 0 ? null : (
        <>
          <dt>Measured</dt>
          <dd>
            {incident.incidents.map((id) => (
              <>
                <a href={`/dashboard/incidents/${encodeURIComponent(id)}`}>{id}</a>{' '}
              </>
            ))}
          </dd>
        </>
      )}
    </dl>
  </div>
);

const Updates = ({ incident, path, mayChange }: IncidentPageProps & { path: string }) => (
  <section aria-labelledby="updates">
    <h2 id="updates">Updates</h2>
    {incident.postmortem === null ? null : (
      <article class="plain">
        <h3>Postmortem</h3>
        <Prose markdown={incident.postmortem} below={3} />
      </article>
    )}
    {incident.updates.map((update) => (
      <article class="plain">
        <h3>
          <StatusWords status={update.status} />
        </h3>
        <p class="note">
          <Timestamp at={update.at} /> · <bdi>{update.authorName}</bdi>
          {update.updatedAt > update.at ? ' · edited' : ''}
          {update.notify ? ' · subscribers were notified' : ''}
        </p>
        <Prose markdown={update.body} below={3} />
        {mayChange ? (
          <p>
            <a href={`${path}/updates/${encodeURIComponent(update.id)}`}>Correct or delete</a>
          </p>
        ) : null}
      </article>
    ))}
  </section>
);
