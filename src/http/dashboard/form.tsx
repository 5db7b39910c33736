// Owns the parts of forms: the CSRF token, labels, hints and errors. Does not validate.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CSRF_FIELD, csrfToken } from '../access/csrf.ts';
import type { HttpEnv } from '../context.ts';

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
  readonly type?: 'text' | 'password' | 'number' | 'date' | 'search';
  readonly value?: string;
  readonly hint?: string;
  /** Why the value was refused, and the fix. */
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric' | 'text';
  readonly maxlength?: number;
  readonly min?: number;
  readonly max?: number;
}

/** One labelled input. Hint and error are part of its description, so a screen reader reads them with the label. */
export const Field = ({ name, label, type = 'text', hint, error, ...input }: FieldProps) => {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint ? (
        <p class="note" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
      <input
        id={name}
        name={name}
        type={type}
        {...(described === '' ? {} : { 'aria-describedby': described })}
        {...(error ? { 'aria-invalid': 'true' } : {})}
        {...input}
      />
      {error ? (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  );
};

interface SelectProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value?: string;
  readonly hint?: string;
}

export const Select = ({ name, label, options, value, hint }: SelectProps) => (
  <div class="field">
    <label for={name}>{label}</label>
    {hint ? (
      <p class="note" id={`${name}-hint`}>
        {hint}
      </p>
    ) : null}
    <select id={name} name={name} {...(hint ? { 'aria-describedby': `${name}-hint` } : {})}>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </div>
);
