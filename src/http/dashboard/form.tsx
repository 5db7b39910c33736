// Owns the parts of forms: the CSRF token, labels, hints and errors. Does not validate.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CSRF_FIELD, csrfToken } from '../access/csrf.ts';
import type { HttpEnv } from '../context.ts';
import { parseForm } from '../form-body.ts';

/** What was typed, by name of the field. */
export type FormValues = Readonly<Record<string, string | undefined>>;
/** Why a value was refused, and the fix, by name of the field. */
export type FormErrors = Readonly<Record<string, string | undefined>>;

/** The fields of a posted form. Files, and all but the last value of a name, are left out. */
export async function readForm(c: Context<HttpEnv>): Promise<FormValues> {
  const body = await parseForm(c);
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

interface FormProps {
  readonly c: Context<HttpEnv>;
  readonly action: string;
  readonly class?: string;
  readonly id?: string;
  readonly children?: Child;
}

/** A form that posts. It has the CSRF token of the person, if a person is signed in. */
export const Form = async ({ c, action, class: style, id, children }: FormProps) => {
  const { authenticated } = c.var;
  const token = authenticated === null ? '' : await csrfToken(c, authenticated);
  return (
    <form method="post" action={action} {...(style ? { class: style } : {})} {...(id ? { id } : {})}>
      {token === '' ? null : <input type="hidden" name={CSRF_FIELD} value={token} />}
      {children}
    </form>
  );
};

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password' | 'number' | 'date' | 'datetime-local' | 'search';
  readonly value?: string;
  readonly hint?: string | undefined;
  /** Why the value was refused, and the fix. */
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric' | 'text';
  readonly maxlength?: number;
  readonly min?: number;
  readonly max?: number;
}

export const Field = ({ name, label, type = 'text', hint, error, ...input }: FieldProps) => (
  <Labelled name={name} label={label} hint={hint} error={error}>
    <input id={name} name={name} type={type} {...descriptionOf({ name, hint, error })} {...input} />
  </Labelled>
);

type Described = Pick<FieldProps, 'name' | 'hint' | 'error'>;

/** Hint and error are part of the description of an input, so a screen reader reads them with the label. */
export function descriptionOf({ name, hint, error }: Described): Readonly<Record<string, string>> {
  const ids = [...(hint ? [`${name}-hint`] : []), ...(error ? [`${name}-error`] : [])];
  return {
    ...(ids.length > 0 ? { 'aria-describedby': ids.join(' ') } : {}),
    ...(error ? { 'aria-invalid': 'true' } : {}),
  };
}

interface LabelledProps extends Described {
  readonly label: string;
  readonly children?: Child;
}

export const Labelled = ({ name, label, hint, error, children }: LabelledProps) => (
  <div class="field">
    <label for={name}>{label}</label>
    {hint ? (
      <p class="note" id={`${name}-hint`}>
        {hint}
      </p>
    ) : null}
    {children}
    {error ? (
      <p class="error" id={`${name}-error`}>
        {error}
      </p>
    ) : null}
  </div>
);

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value?: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

export const Select = ({ name, label, options, value, hint, error }: SelectProps) => (
  <Labelled name={name} label={label} hint={hint} error={error}>
    <select id={name} name={name} {...descriptionOf({ name, hint, error })}>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </Labelled>
);

/** A box that a person has to tick before something that cannot be undone. The route checks it as well. */
export const Confirm = ({ label }: { label: string }) => (
  <div class="choice">
    <input type="checkbox" id="confirm" name="confirm" value="yes" required />
    <label for="confirm">{label}</label>
  </div>
);
