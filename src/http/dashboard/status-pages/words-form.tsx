// Owns the fields of what people write for readers: components with their impact, the text with its preview, a template that fills
// the form, and the choice whether subscribers are notified. Does not read or write.

import type { PageChoices } from '../../../store/page-choices.ts';
import type { FormErrors } from '../form.tsx';
import type { Choice, FieldSpec, OptionsByPath } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { errorOf } from '../schema-form/schema-fields.tsx';
import { SUBSCRIBER_WORDS } from './reach.ts';

export const STATUS_CHOICES: readonly Choice[] = [
  { value: 'investigating', label: 'Investigating' },
  { value: 'identified', label: 'Identified' },
  { value: 'monitoring', label: 'Monitoring' },
  { value: 'resolved', label: 'Resolved' },
];

export const IMPACT_CHOICES: readonly Choice[] = [
  { value: 'operational', label: 'Operational' },
  { value: 'degraded', label: 'Degraded' },
  { value: 'partial', label: 'Partial outage' },
  { value: 'major', label: 'Major outage' },
];

const TIME = 'Such as 2026-11-26T10:00:00Z.';

/** `stored` are components that are named already. */
export function wordsOptions(choices: PageChoices, stored: readonly string[] = []): OptionsByPath {
  const components = componentChoices(choices, stored);
  return {
    title: { hint: 'One line, as readers see it.' },
    state: {
      label: 'Readers',
      hint: 'Readers do not see a draft until it is published.',
      choices: [
        { value: 'published', label: 'See it at once' },
        { value: 'draft', label: 'Do not see it yet: a draft' },
      ],
    },
    status: { choices: STATUS_CHOICES, hint: 'Resolved ends the incident.' },
    body: {
      label: 'Text',
      hint: 'Markdown. HTML is shown as text, and an image as a link.',
      widget: 'textarea',
    },
    components: {
      label: 'Affected components',
      hint: 'Without any, the words are for the readers of every page chosen below.',
      widget: 'rows',
    },
    'components.*.component': {
      hint: components === null ? 'monitor:, group: or static:, and its id or name.' : 'Of a page.',
      ...(components === null ? {} : { choices: components }),
    },
    'components.*.impact': { choices: IMPACT_CHOICES, hint: 'How it is affected.' },
    pages: {
      label: 'Status pages',
      hint: 'A page shows it if it has one of the components, or if there are none.',
      choices: choices.pages.map(({ id, name }) => ({
        value: id,
        label: `${name} (${SUBSCRIBER_WORDS(choices.subscribers.get(id) ?? 0)})`,
      })),
    },
    incidents: {
      label: 'Measured incidents',
      hint: 'Ids of the incidents that probes measured, one a line. Empty: the open ones of the components.',
      advanced: true,
    },
    startedAt: {
      hint: `When it began. ${TIME} Empty: now, or when the measured incident began.`,
      advanced: true,
    },
    at: { label: 'Time of the text', hint: `${TIME} Empty: now.`, advanced: true },
    tags: {
      hint: 'They decide which restricted people see it here. One a line, as name: value.',
      advanced: true,
    },
    notify: { omit: true },
  };
}

/** Null: too many monitors for a list. */
function componentChoices(
  { monitors, groups, statics }: PageChoices,
  stored: readonly string[],
): readonly Choice[] | null {
  if (monitors === null || groups === null) return null;
  const known = [
    ...monitors.map(({ id, name }) => ({ value: `monitor:${id}`, label: name })),
    ...groups.map((name) => ({ value: `group:${name}`, label: `Group ${name}` })),
    ...statics.map(({ id, name }) => ({ value: `static:${id}`, label: name })),
  ];
  const byValue = new Map(
    [...stored.map((value) => ({ value, label: value })), ...known].map((one) => [one.value, one]),
  );
  return [...byValue.values()];
}

/** The name that people know, or the reference itself if it is not one of the choices. */
export function componentName({ monitors, statics }: PageChoices, ref: string): string {
  if (ref.startsWith('group:')) return `Group ${ref.slice(6)}`;
  const known = ref.startsWith('static:') ? statics : (monitors ?? []);
  return known.find(({ id }) => id === ref.slice(ref.indexOf(':') + 1))?.name ?? ref;
}

interface NotifyProps {
  /** How many get it at most. */
  readonly count: number;
  readonly values: PostedValues;
  readonly errors: FormErrors;
  /** A form beside others of the page. */
  readonly prefix?: string;
}

/** No answer is chosen in advance: see docs/guide/incident-updates.md. */
export const NotifyChoice = ({ count, values, errors, prefix = '' }: NotifyProps) => {
  const chosen = values.notify?.at(-1);
  const id = `${prefix}notify`;
  const error = errorOf('notify', errors);
  return (
    <fieldset class="field" {...(error ? { 'aria-invalid': 'true', 'aria-describedby': `${id}-error` } : {})}>
      <legend>Notify subscribers?</legend>
      <div class="choice">
        <input type="radio" id={`${id}-yes`} name="notify" value="yes" required checked={chosen === 'yes'} />
        <label for={`${id}-yes`}>
          {count === 0 ? 'Yes. These pages have no subscriber yet' : `Yes, up to ${SUBSCRIBER_WORDS(count)}`}
        </label>
      </div>
      <div class="choice">
        <input type="radio" id={`${id}-no`} name="notify" value="no" required checked={chosen === 'no'} />
        <label for={`${id}-no`}>No, only show it</label>
      </div>
      {error ? (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      ) : null}
    </fieldset>
  );
};

export const NOTIFY: FieldSpec = {
  ...{ path: 'notify', label: 'Notify subscribers', hint: undefined, required: true, nullable: false },
  ...{ fallback: undefined, example: undefined, advanced: false, kind: 'flag' },
  ...{ stored: undefined, suggestions: undefined, isInOptional: false },
};

export const TEMPLATE_FIELD = '~template';
export const FILL_BUTTON = '~fill';

export const TemplateChoice = ({ templates }: Pick<PageChoices, 'templates'>) =>
  templates.length === 0 ? null : (
    <div class="field template">
      <label for={TEMPLATE_FIELD}>Begin with a template</label>
      <p class="actions">
        <select id={TEMPLATE_FIELD} name={TEMPLATE_FIELD}>
          {templates.map(({ id, name }) => (
            <option value={id}>{name}</option>
          ))}
        </select>
        <button type="submit" class="quiet" name={FILL_BUTTON} value="yes" formnovalidate>
          Fill in
        </button>
      </p>
    </div>
  );

/** What was posted, with the words of the chosen template. Null: the button was not pressed. */
export function withTemplate(
  { templates }: Pick<PageChoices, 'templates'>,
  posted: PostedValues,
): PostedValues | null {
  if (posted[FILL_BUTTON] === undefined) return null;
  const template = templates.find(({ id }) => id === posted[TEMPLATE_FIELD]?.at(-1));
  if (!template) return posted;
  const { title, body, status } = template;
  return {
    ...posted,
    ...(posted.title === undefined ? {} : { title: [title] }),
    body: [body],
    status: [status],
  };
}
