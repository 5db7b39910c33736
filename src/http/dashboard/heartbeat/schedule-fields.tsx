// Owns the fields of a heartbeat's check in the form of a monitor: one of two schedules, grace, and the longest duration. They
// are those of the API's schema. Does not validate: the API does.
import { isHeartbeat } from '../../../heartbeats/check.ts';
import { spanText } from '../../../heartbeats/schedule-text.ts';
import type { FormErrors } from '../form.tsx';
import { TimeZones, ZONES_ID } from '../notifications/time-zones.tsx';
import type { FieldSpec, OptionsByPath } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { DueTimes, isByCron, SCHEDULE } from './due-times.tsx';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

const choicesOf = (seconds: readonly number[]) =>
  seconds.map((one) => ({ value: String(one), label: spanText(one) }));

const EVERY = [
  ...[30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR],
  ...[4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY],
];
const GRACE = [
  ...[0, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR],
  ...[12 * HOUR, DAY, 2 * DAY, 7 * DAY],
];
const LONGEST = [
  ...[MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR],
  ...[12 * HOUR, DAY, 2 * DAY, 7 * DAY],
];
const DEFAULT_EVERY = String(DAY);

/** What the form adds to the schema. */
export const HEARTBEAT_LABELS: OptionsByPath = {
  'check.everySeconds': { label: 'At least one ping every', hint: '', choices: choicesOf(EVERY) },
  'check.cron': {
    label: 'Cron expression',
    hint: 'Five fields: minute, hour, day of month, month, day of week. `0 3 * * *` is every day at 03:00.',
  },
  'check.timeZone': {
    label: 'Time zone',
    hint: 'That of the machine that runs the job.',
    suggestions: ZONES_ID,
  },
  'check.graceSeconds': {
    label: 'Grace',
    hint: 'How late a ping may come before an incident opens. Allow for how long the job takes.',
    choices: [{ value: '0', label: 'None' }, ...choicesOf(GRACE.slice(1))],
  },
  'check.maxDurationSeconds': {
    label: 'Longest duration',
    hint: 'How long a run may take after its `/start`. A run that takes longer opens an incident.',
    choices: [{ value: '', label: 'No limit' }, ...choicesOf(LONGEST)],
  },
};

/** A heartbeat has none of these. */
export const WITHOUT_PROBES: readonly string[] = ['intervalSeconds', 'locations', 'alert'];

export const isHeartbeatForm = (values: PostedValues): boolean =>
  isHeartbeat({ type: values['check.type']?.at(-1) ?? '' });

/** A form has the fields of both schedules: those of the other one are empty. */
export function withOneSchedule(posted: PostedValues): PostedValues {
  if (!isHeartbeatForm(posted)) return posted;
  return isByCron(posted)
    ? { ...posted, 'check.everySeconds': [''] }
    : { ...posted, 'check.cron': [''], 'check.timeZone': [''] };
}

interface Props {
  /** Of the check of a heartbeat. */
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly now: number;
}

export const ScheduleFields = ({ fields, values, errors, now }: Props) => {
  const byCron = isByCron(values);
  const every = values['check.everySeconds']?.at(-1) || DEFAULT_EVERY;
  const shown = { ...values, 'check.everySeconds': [every] };
  const named = (...names: string[]): FieldSpec[] =>
    names.flatMap((name) => fields.filter(({ path }) => path === `check.${name}`)).map(forPeople(shown));
  const shared = { values: shown, errors };
  return (
    <fieldset class="group schedule" data-variants="check.type">
      <legend>When the job reports</legend>
      <input type="hidden" name="check.type" value="heartbeat" />
      <Choice value="every" label="Every so often" isChosen={!byCron} />
      <Choice value="cron" label="At set times, by a cron expression" isChosen={byCron} />
      <div class="by-interval">
        <SchemaFields fields={named('everySeconds')} {...shared} />
      </div>
      <div class="by-cron">
        <SchemaFields fields={named('cron', 'timeZone')} {...shared} />
        <TimeZones />
      </div>
      <DueTimes values={shown} now={now} />
      <p class="without-script">
        <button type="submit" name="do" value={DUE_TIMES} formnovalidate class="quiet">
          Show when it is due
        </button>
      </p>
      <SchemaFields fields={named('graceSeconds', 'maxDurationSeconds')} {...shared} />
    </fieldset>
  );
};

/** What a button of the form asks for, in the field `do`. */
export const DUE_TIMES = 'due-times';

const Choice = ({ value, label, isChosen }: { value: string; label: string; isChosen: boolean }) => (
  <div class="choice">
    <input type="radio" id={`schedule-${value}`} name={SCHEDULE} value={value} checked={isChosen} />
    <label for={`schedule-${value}`}>{label}</label>
  </div>
);

/** A list to choose from always has a value, and shows one that was written by the API. */
const forPeople =
  (values: PostedValues) =>
  (field: FieldSpec): FieldSpec => {
    const asked = { advanced: false, required: true, isInOptional: true };
    if (field.kind !== 'choice') return { ...field, ...asked };
    const value = values[field.path]?.at(-1) ?? '';
    const isOdd = value !== '' && !field.choices.some((choice) => choice.value === value);
    const choices = isOdd ? [...field.choices, { value, label: oddText(value) }] : field.choices;
    return { ...field, choices, ...asked };
  };

const oddText = (value: string): string => (/^\d{1,9}$/.test(value) ? spanText(Number(value)) : value);
