// Owns drawing the fields of a schema of the API as inputs: label, help, value, and each error at its field.
// Does not derive the fields (field-spec.ts) or read what was posted (form-input.ts).
// More than 300 lines: one small part for each kind of input.
import type { Child } from 'hono/jsx';
import type { FormErrors } from '../form.tsx';
import { escaped } from './escapes.ts';
import type { FieldSpec } from './field-spec.ts';
import {
  COUNT_SUFFIX,
  KEYWORD_SUFFIX,
  type PostedValues,
  PRESENT_SUFFIX,
  REMOVE_SUFFIX,
  SECRET_SUFFIXES,
} from './form-input.ts';
import { isEmptyRow, itemPath, ROWS_BUTTON, ROWS_FOCUS, rowFields, rowNumbers } from './rows.ts';

interface SchemaFieldsProps {
  readonly fields: readonly FieldSpec[];
  /** What the inputs show: a stored body (`formValues`), or what was posted. */
  readonly values: PostedValues;
  /** By path, as the API names them. */
  readonly errors?: FormErrors;
}

/** All fields. Those behind "More options" open by themselves if one of them has an error. */
export const SchemaFields = ({ fields, values, errors = {} }: SchemaFieldsProps) => {
  const advanced = fields.filter((field) => field.advanced);
  const shown = fields.filter((field) => !field.advanced);
  return (
    <>
      {shown.map((field) => (
        <SchemaField field={field} values={values} errors={errors} />
      ))}
      {advanced.length === 0 ? null : (
        <details class="more" open={advanced.some((field) => isOpen(field, values, errors))}>
          <summary>More options</summary>
          {advanced.map((field) => (
            <SchemaField field={field} values={values} errors={errors} />
          ))}
        </details>
      )}
    </>
  );
};

/** An error, the row that a button has changed, or in a row what was typed. */
const isOpen = ({ path }: FieldSpec, values: PostedValues, errors: FormErrors): boolean => {
  const focus = values[ROWS_FOCUS]?.at(-1);
  return (
    errorOf(path, errors) !== undefined ||
    focus === path ||
    focus?.startsWith(`${path}.`) === true ||
    (/\.\d+\./.test(path) && values[path]?.some((text) => text !== '') === true)
  );
};

interface SchemaFieldProps extends Omit<SchemaFieldsProps, 'fields' | 'errors'> {
  readonly field: FieldSpec;
  readonly errors: FormErrors;
}

const SchemaField = ({ field, values, errors }: SchemaFieldProps) => {
  if (field.kind === 'group')
    return (
      <fieldset class="group">
        <legend>{field.label}</legend>
        <Hint of={field} />
        <SchemaFields fields={field.fields} values={values} errors={errors} />
        <ErrorText path={field.path} error={errors[field.path]} />
      </fieldset>
    );
  // The page has chosen it, such as the type of a channel.
  if (field.kind === 'choice' && field.required && field.choices.length === 1)
    return <input type="hidden" name={field.path} value={field.choices[0]!.value} />;
  if (field.kind === 'variants') return <Variants field={field} values={values} errors={errors} />;
  if (field.kind === 'rows') return <Rows field={field} values={values} errors={errors} />;
  if (field.kind === 'flag') return <Flag field={field} values={values} errors={errors} />;
  if (field.kind === 'items') return <Items field={field} values={values} errors={errors} />;
  if (field.kind === 'list' && field.isOrdered)
    return <Ordered field={field} values={values} errors={errors} />;
  if (field.kind === 'list' && (field.choices !== undefined || field.keyword !== undefined))
    return <Boxes field={field} values={values} errors={errors} />;
  if (field.kind === 'secrets') return <Secrets field={field} values={values} errors={errors} />;
  return <Line field={field} values={values} errors={errors} />;
};

/** The message at the field, or at a part of it that has no input of its own: `tags[1]` belongs to `tags`. */
export const errorOf = (path: string, errors: FormErrors): string | undefined =>
  errors[path] ??
  Object.entries(errors).find(([name]) => name.startsWith(`${path}[`) || name.startsWith(`${path}.`))?.[1];

const Hint = ({ of: { path, hint } }: { of: FieldSpec }) =>
  hint === undefined ? null : (
    <p class="note" id={`${path}-hint`}>
      <Words text={hint} />
    </p>
  );

/** Descriptions of the API mark values with backticks. */
const Words = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
);

const ErrorText = ({ path, error }: { path: string; error: string | undefined }) =>
  error === undefined ? null : (
    <p class="error" id={`${path}-error`}>
      {error}
    </p>
  );

function described(field: FieldSpec, error: string | undefined): Record<string, string> {
  const ids = [
    ...(field.hint === undefined ? [] : [`${field.path}-hint`]),
    ...(error === undefined ? [] : [`${field.path}-error`]),
  ];
  return {
    ...(ids.length > 0 ? { 'aria-describedby': ids.join(' ') } : {}),
    ...(error === undefined ? {} : { 'aria-invalid': 'true' }),
  };
}

const Line = ({ field, values, errors }: SchemaFieldProps) => {
  const error = errorOf(field.path, errors);
  return (
    <div class="field">
      <label for={field.path}>
        {field.label}
        {field.required || field.stored ? null : <span class="optional"> (optional)</span>}
      </label>
      <Hint of={field} />
      <Input field={field} value={values[field.path]?.at(-1)} error={error} />
      {field.stored?.isRemovable ? <Remove path={field.path} label="Remove the stored value" /> : null}
      <ErrorText path={field.path} error={error} />
    </div>
  );
};

const Remove = ({ path, label }: { path: string; label: string }) => (
  <div class="choice">
    <input type="checkbox" id={path + REMOVE_SUFFIX} name={path + REMOVE_SUFFIX} value="yes" />
    <label for={path + REMOVE_SUFFIX}>{label}</label>
  </div>
);

const Input = ({
  field,
  value,
  error,
}: {
  field: FieldSpec;
  value: string | undefined;
  error: string | undefined;
}): Child => {
  const { path } = field;
  const required = field.required && !field.isInOptional && field.stored === undefined;
  const common = {
    ...{ id: path, name: path, ...described(field, error), ...(required ? { required } : {}) },
    ...(field.suggestions === undefined ? {} : { list: field.suggestions }),
  };
  const placeholder = placeholderOf(field);
  if (field.kind === 'choice')
    return (
      <select {...common}>
        {field.required ? null : <option value="">{defaultText(field)}</option>}
        {field.choices.map((choice) => (
          <option
            value={choice.value}
            selected={choice.value === (value ?? (field.required ? String(field.fallback ?? '') : ''))}
          >
            {choice.label}
          </option>
        ))}
      </select>
    );
  if (field.kind === 'number')
    return (
      <input
        type="number"
        {...common}
        value={value ?? ''}
        step={field.integer && field.scale === 1 ? 1 : 'any'}
        {...(field.min === undefined ? {} : { min: field.min / field.scale })}
        {...(field.max === undefined ? {} : { max: field.max / field.scale })}
        {...placeholder}
      />
    );
  if (field.kind === 'text' && field.input === 'secret')
    return <input type="password" {...common} value={value ?? ''} autocomplete="off" {...placeholder} />;
  if (field.kind === 'scalar') return <input type="text" {...common} value={value ?? ''} {...placeholder} />;
  if (field.kind === 'text' && field.input !== 'textarea')
    return (
      <input
        type={field.input === 'escaped' ? 'text' : field.input}
        {...common}
        value={value ?? ''}
        {...(field.maxLength === undefined ? {} : { maxlength: field.maxLength })}
        {...placeholder}
      />
    );
  return (
    <textarea {...common} rows={rowsOf(field, value)} spellcheck={false} {...placeholder}>
      {value ?? ''}
    </textarea>
  );
};

const rowsOf = (field: FieldSpec, value = ''): number =>
  Math.min(14, Math.max(field.kind === 'text' ? 4 : 2, value.split('\n').length + 1));

const defaultText = ({ fallback }: FieldSpec): string =>
  typeof fallback === 'string' || typeof fallback === 'number' ? `Default: ${fallback}` : 'Not set';

function placeholderOf(field: FieldSpec): { readonly placeholder?: string } {
  const { kind, example, fallback } = field;
  if (field.stored) return { placeholder: 'Stored. Leave it empty to keep it.' };
  if (kind === 'number' && typeof fallback === 'number')
    return { placeholder: `Default: ${fallback / field.scale}` };
  if (
    fallback !== undefined &&
    (typeof fallback === 'number' || (typeof fallback === 'string' && fallback !== ''))
  )
    return { placeholder: `Default: ${fallback}` };
  if (example === undefined || example === null) return {};
  if (kind === 'record')
    return {
      placeholder: Object.entries(example as Record<string, string>)
        .map(([name, text]) => `${name}: ${text}`)
        .join('\n'),
    };
  if (kind === 'list') return { placeholder: (Array.isArray(example) ? example : [example]).join('\n') };
  if (typeof example === 'object') return {};
  const isEscaped = kind === 'text' && field.input === 'escaped';
  return { placeholder: `Such as ${isEscaped ? escaped(String(example)) : example}` };
}

const Flag = ({ field, values, errors }: SchemaFieldProps) => {
  const { path } = field;
  const error = errorOf(path, errors);
  const stored = values[path]?.at(-1);
  // A form that was posted without the box has it empty.
  const wasPosted = values[path + PRESENT_SUFFIX] !== undefined;
  const checked = stored === undefined ? !wasPosted && field.fallback === true : stored === 'yes';
  return (
    <div class="choice field">
      <input type="hidden" name={path + PRESENT_SUFFIX} value="yes" />
      <input
        type="checkbox"
        id={path}
        name={path}
        value="yes"
        checked={checked}
        {...described(field, error)}
      />
      <div>
        <label for={path}>{field.label}</label>
        <Hint of={field} />
        <ErrorText path={path} error={error} />
      </div>
    </div>
  );
};

const Boxes = ({ field, values, errors }: SchemaFieldProps & { field: FieldSpec }) => {
  if (field.kind !== 'list') return null;
  const { path, keyword, choices } = field;
  const error = errorOf(path, errors);
  const chosen = new Set(values[path]?.flatMap((text) => text.split(/\r?\n/)).filter((text) => text !== ''));
  const isKeyword =
    keyword !== undefined &&
    (values[path + KEYWORD_SUFFIX]?.at(-1) === keyword ||
      (values[path + KEYWORD_SUFFIX] === undefined && chosen.size === 0));
  return (
    <fieldset class="field" {...described(field, error)}>
      <legend>{field.label}</legend>
      <Hint of={field} />
      <input type="hidden" name={path + PRESENT_SUFFIX} value="yes" />
      {keyword === undefined ? null : (
        <>
          <div class="choice">
            <input
              type="radio"
              id={`${path}-keyword`}
              name={path + KEYWORD_SUFFIX}
              value={keyword}
              checked={isKeyword}
            />
            <label for={`${path}-keyword`}>
              {keyword === 'all' ? 'All' : keyword[0]!.toUpperCase() + keyword.slice(1)}
            </label>
          </div>
          <div class="choice">
            <input
              type="radio"
              id={`${path}-these`}
              name={path + KEYWORD_SUFFIX}
              value=""
              checked={!isKeyword}
            />
            <label for={`${path}-these`}>Only these</label>
          </div>
        </>
      )}
      <div class={keyword === undefined ? 'boxes' : 'boxes inner'}>
        {choices === undefined ? (
          <textarea name={path} aria-label={field.label} rows={3} spellcheck={false}>
            {[...chosen].join('\n')}
          </textarea>
        ) : (
          choices.map(({ value, label }) => (
            <div class="choice">
              <input
                type="checkbox"
                id={`${path}-${value}`}
                name={path}
                value={value}
                checked={chosen.has(value)}
              />
              <label for={`${path}-${value}`}>
                <bdi>{label}</bdi>
              </label>
            </div>
          ))
        )}
      </div>
      <ErrorText path={path} error={error} />
    </fieldset>
  );
};

/** What is stored is never shown: a value that is typed replaces it, and an empty one keeps it. */
const Secrets = ({ field, values, errors }: SchemaFieldProps & { field: FieldSpec }) => {
  const { path } = field;
  const { name, value, stored, remove } = SECRET_SUFFIXES;
  const known = new Set(values[path + stored]);
  const removed = new Set(values[path + remove]);
  const rows = (values[path + name] ?? []).map((one, index) => ({
    one,
    text: values[path + value]?.[index] ?? '',
  }));
  const filled = rows.filter(({ one, text }) => one !== '' || text !== '');
  const error = errorOf(path, errors);
  return (
    <fieldset class="field secrets" {...described(field, error)}>
      <legend>
        {field.label}
        <span class="optional"> (optional)</span>
      </legend>
      <Hint of={field} />
      {[...filled, { one: '', text: '' }].map(({ one, text }, index) => {
        const id = `${path}-${index}`;
        const isStored = known.has(one);
        return (
          <div class="secret">
            {isStored ? (
              <>
                <input type="hidden" name={path + stored} value={one} />
                <input type="hidden" name={path + name} value={one} />
                <p>
                  <code>
                    <bdi>{one}</bdi>
                  </code>{' '}
                  <span class="pill">stored</span>
                </p>
              </>
            ) : (
              <div>
                <label for={`${id}-name`}>Name of a secret</label>
                <input
                  type="text"
                  id={`${id}-name`}
                  name={path + name}
                  value={one}
                  autocomplete="off"
                  spellcheck={false}
                />
              </div>
            )}
            <div>
              <label for={`${id}-value`}>
                {isStored ? `New value of ${one} (empty: keep)` : 'Value of the secret'}
              </label>
              <input
                type="password"
                id={`${id}-value`}
                name={path + value}
                value={text}
                autocomplete="new-password"
              />
            </div>
            {isStored ? (
              <div class="choice">
                <input
                  type="checkbox"
                  id={`${id}-remove`}
                  name={path + remove}
                  value={one}
                  checked={removed.has(one)}
                />
                <label for={`${id}-remove`}>Remove {one}</label>
              </div>
            ) : null}
          </div>
        );
      })}
      <ErrorText path={path} error={error} />
    </fieldset>
  );
};

/** Empty groups stand at the end, each behind its own summary, so that entries can be added without script. */
const SPARE_ITEMS = 3;

const Items = ({ field, values, errors }: SchemaFieldProps) => {
  if (field.kind !== 'items') return null;
  const { path, itemLabel } = field;
  const filled = Number(values[path + COUNT_SUFFIX]?.at(-1) ?? 0);
  const count = filled + SPARE_ITEMS;
  return (
    <fieldset class="group" {...described(field, errors[path])}>
      <legend>{field.label}</legend>
      <Hint of={field} />
      <input type="hidden" name={path + COUNT_SUFFIX} value={String(count)} />
      {Array.from({ length: count }, (_, index) => {
        const at = `${path}[${index}]`;
        const content = <SchemaFields fields={field.fieldsAt(index)} values={values} errors={errors} />;
        return index < filled ? (
          <fieldset class="group">
            <legend>
              {itemLabel} {index + 1}
            </legend>
            {content}
            <Remove path={at} label={`Remove ${itemLabel.toLowerCase()} ${index + 1}`} />
          </fieldset>
        ) : (
          <details class="more" open={filled === 0 && index === 0 && field.required}>
            <summary>
              Add {itemLabel.toLowerCase()} {index + 1}
            </summary>
            {content}
          </details>
        );
      })}
      <ErrorText path={path} error={errors[path]} />
    </fieldset>
  );
};

/** One choice after the other: empty ones are left out. */
const SPARE_CHOICES = 2;

const Ordered = ({ field, values, errors }: SchemaFieldProps) => {
  if (field.kind !== 'list') return null;
  const { path, choices = [], otherLabel } = field;
  const error = errorOf(path, errors);
  const chosen = (values[path] ?? []).flatMap((text) => text.split(/\r?\n/)).filter((text) => text !== '');
  const unknown = chosen.filter((value) => choices.every((choice) => choice.value !== value));
  const all = [...choices, ...[...new Set(unknown)].map((value) => ({ value, label: value }))];
  const slots = all.length === 0 ? 0 : chosen.length + SPARE_CHOICES;
  return (
    <fieldset class="field ordered" {...described(field, error)}>
      <legend>{field.label}</legend>
      <Hint of={field} />
      <input type="hidden" name={path + PRESENT_SUFFIX} value="yes" />
      {Array.from({ length: slots }, (_, index) => (
        <div class="slot">
          <label for={`${path}-${index}`}>{index + 1}.</label>
          <select id={`${path}-${index}`} name={path} aria-label={`${field.label}, ${index + 1}`}>
            <option value="">None</option>
            {all.map(({ value, label }) => (
              <option value={value} selected={value === chosen[index]}>
                {label}
              </option>
            ))}
          </select>
        </div>
      ))}
      {otherLabel === undefined ? null : (
        <div class="slot">
          <label for={`${path}-other`}>{otherLabel}</label>
          <input type="text" id={`${path}-other`} name={path} autocomplete="off" />
        </div>
      )}
      <ErrorText path={path} error={error} />
    </fieldset>
  );
};

/** With script, choosing a type shows its fields at once. Without, the form has those of the type that the page was asked for. */
const Variants = ({ field, values, errors }: SchemaFieldProps) => {
  if (field.kind !== 'variants') return null;
  const name = `${field.path}.${field.tag}`;
  const chosen = values[name]?.at(-1) ?? field.variants[0]!.value;
  const variant = field.variants.find(({ value }) => value === chosen) ?? field.variants[0]!;
  return (
    <fieldset class="group" data-variants={name}>
      <legend>{field.label}</legend>
      <input type="hidden" name={name} value={variant.value} />
      <SchemaFields fields={variant.fields} values={values} errors={errors} />
      <ErrorText path={field.path} error={errors[field.path] ?? errors[name]} />
    </fieldset>
  );
};

/** Rows to add, order and remove. Each button posts the form, whose page answers with the rows as they are then. */
const Rows = ({ field, values, errors }: SchemaFieldProps) => {
  if (field.kind !== 'rows') return null;
  const { path, label } = field;
  const numbers = rowNumbers(field, values);
  const sent = numbers.filter((number) => !isEmptyRow(field, number, values));
  const button = (action: string, number: number | null, text: string, name: string) => (
    <button
      type="submit"
      class="quiet"
      name={ROWS_BUTTON}
      value={`${action} ${path}${number === null ? '' : ` ${number}`}`}
      aria-label={name}
      formnovalidate
    >
      {text}
    </button>
  );
  return (
    <fieldset class="group rows" data-rows={path} {...focusOf(path, values)}>
      <legend>
        {label}
        {field.required ? null : <span class="optional"> (optional)</span>}
      </legend>
      <Hint of={field} />
      <input type="hidden" name={path + PRESENT_SUFFIX} value="yes" />
      {numbers.map((number, index) => (
        <fieldset
          class="row"
          aria-label={`${label}, ${index + 1} of ${numbers.length}`}
          {...focusOf(`${path}.${number}`, values)}
        >
          <SchemaFields
            fields={rowFields(field, number)}
            values={values}
            errors={rowErrors(itemPath(path, sent.indexOf(number)), `${path}.${number}`, errors)}
          />
          <ErrorText
            path={`${path}.${number}`}
            error={sent.includes(number) ? errors[itemPath(path, sent.indexOf(number))] : undefined}
          />
          <p class="actions">
            {index === 0 ? null : button('up', number, 'Up', `Move ${index + 1} of ${label} up`)}
            {index === numbers.length - 1
              ? null
              : button('down', number, 'Down', `Move ${index + 1} of ${label} down`)}
            {button('remove', number, 'Remove', `Remove ${index + 1} of ${label}`)}
          </p>
        </fieldset>
      ))}
      <ErrorText path={path} error={errors[path]} />
      {numbers.length >= field.max ? null : (
        <p class="actions">
          {button('add', null, field.addLabel ?? 'Add a row', field.addLabel ?? `Add a row to ${label}`)}
        </p>
      )}
    </fieldset>
  );
};

/** Without script, the page that answers a button of a row begins where the person was. */
const focusOf = (path: string, values: PostedValues) =>
  values[ROWS_FOCUS]?.at(-1) === path ? { tabindex: -1, autofocus: true } : {};

/** The API counts the rows that it got, as `links[0].url`; the inputs are `links.0.url`. */
const rowErrors = (item: string, row: string, errors: FormErrors): FormErrors =>
  Object.fromEntries(
    Object.entries(errors).flatMap(([name, message]) =>
      name === item || name.startsWith(`${item}.`) ? [[row + name.slice(item.length), message]] : [],
    ),
  );
