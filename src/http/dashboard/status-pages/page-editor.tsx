// Owns the form of a status page beside its preview: the parts of the form, and who may read the page. Does not read or write.
import type { Context } from 'hono';
import type { StatusPageRow } from '../../../store/status-pages.ts';
import type { HttpEnv } from '../../context.ts';
import { Form, type FormErrors } from '../form.tsx';
import { Notice } from '../notice.tsx';
import type { FieldSpec } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { Refusal, type Refused, Version } from './entry-form.tsx';
import type { PageForm } from './page-form.ts';
import { PREVIEW_PAGE, PreviewFrame } from './preview-frame.tsx';
import { pathOf, STATUS_PAGES } from './section-tabs.tsx';

interface EditorProps {
  readonly c: Context<HttpEnv>;
  readonly form: PageForm;
  /** Null: a new page. */
  readonly row: StatusPageRow | null;
  readonly values: PostedValues;
  readonly refused: Refused | undefined;
  readonly problems: readonly { readonly message: string }[];
  /** Else the form shows what is stored, and cannot be sent. */
  readonly mayChange: boolean;
}

export const PageEditor = ({ c, form, row, values, refused, problems, mayChange }: EditorProps) => {
  const path = row === null ? STATUS_PAGES : pathOf(STATUS_PAGES, row.id);
  const errors = refused?.errors ?? {};
  const saved = row === null ? '' : `?page=${encodeURIComponent(row.id)}`;
  return (
    <>
      <Refusal refused={refused} current={path} fields={form.all.map((field) => field.path)} />
      {problems.map(({ message }) => (
        <Notice tone="warn" title={message} />
      ))}
      <div class="editor">
        <Form c={c} action={path} class="plain" id="page-form">
          {/* The first button of a form is the one that Enter presses. */}
          <button type="submit" class="on-enter">
            Save
          </button>
          <Version of={row} />
          {row === null ? null : <input type="hidden" name="~page" value={row.id} />}
          <fieldset class="bare" disabled={!mayChange}>
            {form.parts.map(({ title, fields }) => (
              <section class="part">
                <h2>{title}</h2>
                {fields.map((field) =>
                  field.path === 'access' ? (
                    <AccessFields field={field} values={values} errors={errors} />
                  ) : (
                    <SchemaFields fields={[field]} values={values} errors={errors} />
                  ),
                )}
              </section>
            ))}
          </fieldset>
          {mayChange ? (
            <p class="actions">
              <button type="submit" class="primary">
                {row === null ? 'Create the page' : 'Save'}
              </button>
              <a class="button" href={STATUS_PAGES}>
                Cancel
              </a>
            </p>
          ) : null}
        </Form>
        {mayChange ? (
          <PreviewFrame
            form="page-form"
            action={PREVIEW_PAGE}
            src={`${PREVIEW_PAGE}${saved}`}
            title="Preview of the status page"
          />
        ) : null}
      </div>
    </>
  );
};

const KINDS: Readonly<Record<string, { readonly label: string; readonly note: string }>> = {
  public: { label: 'Everyone', note: 'The page shows only monitors that are public.' },
  password: { label: 'Who knows a password', note: 'The page shows private monitors too.' },
  email: {
    label: 'Mail addresses of a domain',
    note: 'Readers get a link by mail. The page shows private monitors too.',
  },
  sign_in: { label: 'People who signed in', note: 'The page shows private monitors too.' },
};

interface AccessProps {
  readonly field: FieldSpec;
  readonly values: PostedValues;
  readonly errors: FormErrors;
}

/** Every kind with its fields, so that another one is chosen without script. */
const AccessFields = ({ field, values, errors }: AccessProps) => {
  if (field.kind !== 'variants') return null;
  const name = `${field.path}.${field.tag}`;
  const chosen = values[name]?.at(-1) ?? 'public';
  return (
    <fieldset class="field kinds">
      <legend>{field.label}</legend>
      {field.variants.map(({ value, fields }) => (
        <div class="kind">
          <div class="choice">
            <input
              type="radio"
              id={`${name}-${value}`}
              name={name}
              value={value}
              checked={value === chosen}
            />
            <div>
              <label for={`${name}-${value}`}>{KINDS[value]?.label ?? value}</label>
              <p class="note">{KINDS[value]?.note}</p>
            </div>
          </div>
          {fields.length === 0 ? null : (
            <div class="inner">
              <SchemaFields fields={fields.map(optional)} values={values} errors={errors} />
            </div>
          )}
        </div>
      ))}
      {errors[field.path] || errors[name] ? <p class="error">{errors[field.path] ?? errors[name]}</p> : null}
    </fieldset>
  );
};

/** A browser must not ask for the fields of a kind that is not chosen. */
const optional = (field: FieldSpec): FieldSpec => ({ ...field, required: false });
