// Owns the form of an on-call schedule, and which people it offers. Does not store anything.
import type { Context } from 'hono';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import type { ScheduleRow } from '../../../store/schedules.ts';
import { scheduleInputSchema } from '../../api/schedules/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { Form, type FormErrors } from '../form.tsx';
import { type Choice, type FieldSpec, fieldsOf } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { pathOf, SCHEDULES } from './section.tsx';
import { TimeZones, ZONES_ID } from './time-zones.tsx';

/** Admins see all people. Others see those of the schedule, and themselves. */
export function peopleChoices(
  c: Context<HttpEnv>,
  setup: AlertingSetup,
  schedule: ScheduleRow | null,
): readonly Choice[] {
  const { role, restriction } = c.var.caller;
  const named = new Set([
    ...(schedule?.rotations ?? []).flatMap(({ people }) => people),
    ...(schedule?.overrides ?? []).map(({ person }) => person),
    c.var.authenticated?.person?.id ?? '',
  ]);
  const seesAll = role === 'admin' && restriction === null;
  return setup.people
    .filter(({ id, disabled }) => named.has(id) || (seesAll && !disabled))
    .map(({ id, name }) => ({ value: id, label: name }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
}

export function scheduleFields(choices: readonly Choice[], stored: ScheduleRow | null): readonly FieldSpec[] {
  const fields = fieldsOf(scheduleInputSchema, {
    id: {
      ...{ advanced: true, omit: stored !== null },
      hint: 'For the API and configuration files. Derived from the name if you leave it empty.',
    },
    name: { hint: 'Such as the team whose people take turns.' },
    timeZone: { suggestions: ZONES_ID, hint: 'All times of the schedule are by the clock there.' },
    rotations: {
      ...{ widget: 'items', itemLabel: 'Rotation' },
      hint: 'At a time, one person of each rotation is on call. Without a rotation, only overrides count.',
    },
    'rotations[].name': { hint: 'Such as Primary.' },
    'rotations[].people': {
      ...{ widget: 'ordered', choices, otherLabel: 'Another person: username or e-mail address' },
      hint: 'In the order of their turns.',
    },
    'rotations[].start': {
      ...{ widget: 'datetime-local', label: 'First turn begins' },
      hint: 'Every hand-off is at this time of the day.',
    },
    'rotations[].end': {
      ...{ widget: 'datetime-local', label: 'Rotation ends', advanced: true },
      hint: 'Empty: never.',
    },
    'rotations[].turn.unit': { hint: 'Hours, days or weeks.' },
    'rotations[].turn.count': { hint: 'How many of them a turn has.' },
    'rotations[].turn': { label: 'Length of a turn', hint: 'At most 168 hours, 60 days or 8 weeks.' },
    'rotations[].times': {
      ...{
        widget: 'items',
        itemLabel: 'Times',
        label: 'Only at these times',
        advanced: !stored?.rotations.some(({ times }) => times !== null),
      },
      hint: 'Times of the week in which the rotation applies. None: always.',
    },
    'rotations[].times[].days': { hint: 'On which they begin.' },
    'rotations[].times[].from': { widget: 'time' },
    'rotations[].times[].to': { widget: 'time', hint: 'If it is not after the start, on the next day.' },
    tags: {
      advanced: true,
      hint: 'One a line, as `team: shop`. They decide which restricted people and keys see the schedule.',
    },
  });
  const order = ['name', 'timeZone', 'rotations', 'tags', 'id'];
  return fields.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path));
}

interface ScheduleFormProps {
  readonly c: Context<HttpEnv>;
  readonly stored: ScheduleRow | null;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly version?: string | undefined;
}

export const ScheduleForm = ({ c, stored, fields, values, errors, version }: ScheduleFormProps) => {
  const action = stored === null ? SCHEDULES : pathOf(SCHEDULES, stored.id);
  return (
    <>
      <TimeZones />
      <Form c={c} action={action} class="card pad">
        {version === undefined ? null : <input type="hidden" name="version" value={version} />}
        <SchemaFields fields={fields} values={values} errors={errors} />
        <p class="actions">
          <button type="submit" class="primary">
            {stored === null ? 'Create the schedule' : 'Save'}
          </button>
          <a class="button" href={action}>
            Cancel
          </a>
        </p>
      </Form>
    </>
  );
};
