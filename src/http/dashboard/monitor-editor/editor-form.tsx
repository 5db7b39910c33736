// Owns the form of a monitor as it is drawn: the fields, the choice of the type of check, and the buttons. Does not read
// what is posted, and does not run or store anything.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { HttpEnv } from '../../context.ts';
import { Form, type FormErrors } from '../form.tsx';
import { isHeartbeatForm, ScheduleFields } from '../heartbeat/schedule-fields.tsx';
import { Notice } from '../notice.tsx';
import type { FieldSpec } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { CHECK_TYPES } from './monitor-fields.ts';

/** What a button of the form asks for, in the field `do`. */
export const SAVE = 'save';
export const CHECK = 'check';
export const TYPE_PREFIX = 'type:';

export interface EditorFormProps {
  readonly c: Context<HttpEnv>;
  readonly action: string;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly errors?: FormErrors;
  readonly submit: string;
  /** Hidden inputs. */
  readonly hidden?: Readonly<Record<string, string>>;
  readonly cancel: string;
  readonly children?: Child;
}

export const EditorForm = ({
  c,
  action,
  fields,
  values,
  errors = {},
  submit,
  hidden = {},
  cancel,
  children,
}: EditorFormProps) => {
  const at = fields.findIndex(({ path }) => path === 'check');
  const chosen = values['check.type']?.at(-1);
  const shared = { values, errors };
  const isOfJob = isHeartbeatForm(values);
  return (
    <div class="card pad editor" data-preview="/dashboard/monitors/due-times">
      <Form c={c} action={action} id="monitor-form">
        {Object.entries(hidden).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {/* Enter in a field presses the first button of a form (HTML Standard, section 4.10.22.2). */}
        <button type="submit" name="do" value={SAVE} class="hidden" tabindex={-1}>
          {submit}
        </button>
        {children}
        <Refusal errors={errors} />
        <SchemaFields fields={fields.slice(0, at)} {...shared} />
        <fieldset class="field">
          <legend>Type of check</legend>
          <div class="check-kinds">
            {CHECK_TYPES.map(({ type, label }) => (
              <button
                type="submit"
                name="do"
                value={TYPE_PREFIX + type}
                class="quiet"
                formnovalidate
                aria-pressed={type === chosen ? 'true' : 'false'}
              >
                {label}
              </button>
            ))}
          </div>
        </fieldset>
        {isOfJob ? (
          <ScheduleFields fields={checkFields(fields[at], chosen)} {...shared} now={c.var.now} />
        ) : (
          <SchemaFields fields={fields.slice(at, at + 1)} {...shared} />
        )}
        <SchemaFields fields={fields.slice(at + 1)} {...shared} />
        <div class="actions">
          <button type="submit" name="do" value={SAVE} class="primary">
            {submit}
          </button>
          {isOfJob ? null : (
            <button type="submit" name="do" value={CHECK}>
              Check now, without saving
            </button>
          )}
          <a class="button" href={cancel}>
            Cancel
          </a>
        </div>
      </Form>
    </div>
  );
};

const checkFields = (field: FieldSpec | undefined, type: string | undefined): readonly FieldSpec[] =>
  field?.kind === 'variants' ? (field.variants.find(({ value }) => value === type)?.fields ?? []) : [];

/** What no field is to blame for, and that there are errors below. */
const Refusal = ({ errors }: { errors: FormErrors }) => {
  const all = Object.keys(errors);
  if (all.length === 0) return null;
  return (
    <Notice tone="bad" title="Nothing was saved.">
      <p>{errors.form ?? 'Correct the fields that are marked below.'}</p>
    </Notice>
  );
};
