// Owns the form of an update for readers: a new public incident, the next update of one, or the publication of a draft.
// Does not read or write: publish-routes.tsx does.
import type { Context } from 'hono';
import { IMPACTS, UPDATE_STATUSES } from '../../../status-pages/model.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { PublishChoices, WrittenChoice } from '../../../store/publish-choices.ts';
import type { HttpEnv } from '../../context.ts';
import { Prose } from '../../status-page/prose.tsx';
import { Field, Form, type FormErrors, Select } from '../form.tsx';
import { Notice } from '../notice.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import { incidentPath } from './incident-filters.ts';
import { IMPACT_WORDS, STATUS_WORDS } from './incident-words.ts';

export interface PublishProps {
  readonly c: Context<HttpEnv>;
  readonly row: IncidentRow;
  readonly choices: PublishChoices;
  /** The public incident that it continues. Null: a new one. */
  readonly continued: WrittenChoice | null;
  readonly components: readonly { readonly ref: string; readonly label: string }[];
  readonly values: PostedValues;
  readonly errors: FormErrors;
  /** Why nothing was published. Null: nothing was sent yet. */
  readonly problem: string | null;
  readonly isPreview: boolean;
}

const one = (values: PostedValues, name: string): string => values[name]?.at(-1) ?? '';
/** At the field, or at a part of it: `components[0].component` belongs to `components`. */
const errorAt = (errors: FormErrors, name: string): string | undefined =>
  errors[name] ?? Object.entries(errors).find(([path]) => path.startsWith(`${name}[`))?.[1];

export const PublishContent = (props: PublishProps) => {
  const { c, row, choices, continued, values, errors, problem, isPreview } = props;
  const isDraft = continued?.state === 'draft';
  const path = `${incidentPath(row.id)}/publish`;
  return (
    <>
      {problem === null ? null : <Notice tone="bad" title={problem} />}
      <Others path={path} choices={choices} continued={continued} />
      <Templates path={path} choices={choices} continued={continued} />
      {isPreview ? <Preview values={values} title={continued?.title ?? one(values, 'title')} /> : null}
      <Form c={c} action={path} class="publish card pad">
        <input type="hidden" name="public" value={continued?.id ?? 'new'} />
        <input type="hidden" name="version" value={one(values, 'version')} />
        <input type="hidden" name="seen" value={row.resolvedAt === null ? 'open' : 'resolved'} />
        {continued === null ? (
          <Field
            name="title"
            label="Title"
            value={one(values, 'title')}
            error={errors.title}
            maxlength={200}
            required
          />
        ) : null}
        {isDraft ? null : (
          <Select
            name="status"
            label="Status"
            value={one(values, 'status')}
            error={errors.status}
            hint="Resolved ends the incident for readers."
            options={UPDATE_STATUSES.map((status) => ({ value: status, label: STATUS_WORDS[status] }))}
          />
        )}
        <div class="field">
          <label for="body">Text for readers</label>
          <p class="note" id="body-hint">
            Markdown, up to 5000 characters.
          </p>
          <textarea
            id="body"
            name="body"
            rows={8}
            maxlength={5000}
            required
            aria-describedby={errors.body ? 'body-hint body-error' : 'body-hint'}
            {...(errors.body ? { 'aria-invalid': 'true' } : {})}
          >
            {one(values, 'body')}
          </textarea>
          {errors.body ? (
            <p class="error" id="body-error">
              {errors.body}
            </p>
          ) : null}
        </div>
        {isDraft ? null : <Components {...props} />}
        {continued === null || isDraft ? (
          <Pages choices={choices} values={values} error={errorAt(errors, 'pages')} />
        ) : null}
        <fieldset {...(errors.notify ? { 'aria-describedby': 'notify-error' } : {})}>
          <legend>Subscribers</legend>
          {(
            [
              ['yes', 'Notify subscribers'],
              ['no', 'Do not notify subscribers'],
            ] as const
          ).map(([value, label]) => (
            <div class="choice">
              <input
                type="radio"
                id={`notify-${value}`}
                name="notify"
                value={value}
                checked={one(values, 'notify') === value}
                required
              />
              <label for={`notify-${value}`}>{label}</label>
            </div>
          ))}
          {errors.notify ? (
            <p class="error" id="notify-error">
              {errors.notify}
            </p>
          ) : null}
        </fieldset>
        <p class="actions">
          <button type="submit" name="intent" value="publish" class="primary">
            Publish
          </button>
          <button type="submit" name="intent" value="preview" formnovalidate>
            Preview
          </button>
          <a class="button" href={incidentPath(row.id)}>
            Cancel
          </a>
        </p>
      </Form>
    </>
  );
};

/** Links and not a button of the form: Enter in a field presses its first one. */
const Templates = ({
  path,
  choices: { templates },
  continued,
}: Pick<PublishProps, 'choices' | 'continued'> & { path: string }) =>
  templates.length === 0 ? null : (
    <p class="small">
      Begin with a template:{' '}
      {templates.map(({ id, name }) => (
        <>
          <a href={`${path}?${new URLSearchParams({ public: continued?.id ?? 'new', template: id })}`}>
            <bdi>{name}</bdi>
          </a>{' '}
        </>
      ))}
    </p>
  );

const Others = ({
  path,
  choices,
  continued,
}: Pick<PublishProps, 'choices' | 'continued'> & { path: string }) => {
  const others = choices.written.filter(({ id }) => id !== continued?.id);
  if (continued === null && others.length === 0) return null;
  return (
    <p class="small">
      {continued === null ? (
        'This writes a new public incident.'
      ) : (
        <>
          This continues <bdi>{continued.title}</bdi>.
        </>
      )}{' '}
      {others.map(({ id, title }) => (
        <>
          <a href={`${path}?public=${encodeURIComponent(id)}`}>
            Continue <bdi>{title}</bdi>
          </a>{' '}
        </>
      ))}
      {continued === null ? null : <a href={`${path}?public=new`}>Write a separate one</a>}
    </p>
  );
};

const Preview = ({ values, title }: { values: PostedValues; title: string }) => (
  <section class="card pad preview" aria-labelledby="preview">
    <h2 id="preview">Preview</h2>
    <p>
      <strong>
        <bdi>{title}</bdi>
      </strong>{' '}
      {one(values, 'status') === '' ? null : (
        <span class="pill">{STATUS_WORDS[one(values, 'status') as keyof typeof STATUS_WORDS] ?? ''}</span>
      )}
    </p>
    <Prose markdown={one(values, 'body')} below={2} />
    <p class="small">
      Nothing is published yet.{' '}
      {one(values, 'notify') === 'yes' ? 'Subscribers get it then.' : 'Subscribers get nothing.'}
    </p>
  </section>
);

export const IMPACT_PREFIX = 'impact ';

const Components = ({ components, values, errors, continued }: PublishProps) => {
  const error = errorAt(errors, 'components');
  return (
    <fieldset {...(error === undefined ? {} : { 'aria-describedby': 'components-error' })}>
      <legend>Impact on components</legend>
      <p class="note">
        {continued === null
          ? 'Without a component, the incident is on every page that you choose.'
          : 'Only the components whose impact changes. Resolved makes all operational.'}
      </p>
      {components.map(({ ref, label }) => (
        <div class="impact">
          <label for={`${IMPACT_PREFIX}${ref}`.replaceAll(' ', '-')}>
            <bdi>{label}</bdi>
          </label>
          <select id={`${IMPACT_PREFIX}${ref}`.replaceAll(' ', '-')} name={`${IMPACT_PREFIX}${ref}`}>
            <option value="">Not named</option>
            {IMPACTS.map((impact) => (
              <option value={impact} selected={one(values, `${IMPACT_PREFIX}${ref}`) === impact}>
                {IMPACT_WORDS[impact]}
              </option>
            ))}
          </select>
        </div>
      ))}
      {error === undefined ? null : (
        <p class="error" id="components-error">
          {error}
        </p>
      )}
    </fieldset>
  );
};

const Pages = ({
  choices,
  values,
  error,
}: {
  choices: PublishChoices;
  values: PostedValues;
  error: string | undefined;
}) => {
  const chosen = new Set(values.pages ?? ['all']);
  return (
    <fieldset {...(error === undefined ? {} : { 'aria-describedby': 'pages-error' })}>
      <legend>Status pages</legend>
      <p class="note">A page shows it if it has one of the components.</p>
      {[{ id: 'all', title: 'All that have one of the components' }, ...choices.pages].map(
        ({ id, title }) => (
          <div class="choice">
            <input type="checkbox" id={`pages-${id}`} name="pages" value={id} checked={chosen.has(id)} />
            <label for={`pages-${id}`}>
              <bdi>{title}</bdi>
            </label>
          </div>
        ),
      )}
      {error === undefined ? null : (
        <p class="error" id="pages-error">
          {error}
        </p>
      )}
    </fieldset>
  );
};
