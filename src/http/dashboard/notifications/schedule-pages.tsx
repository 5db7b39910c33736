// Owns the list of on-call schedules, and the page of one. Does not compute who is on call: src/routing does.
// More than 300 lines: markup of one page with six parts.
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { duration } from '../../../channels/time-text.ts';
import { type OnCall, shiftsBetween } from '../../../routing/on-call.ts';
import type { NamedShift, OnCallEntry } from '../../../services/schedules/read-on-call.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import type { ScheduleRow } from '../../../store/schedules.ts';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Confirm, Form, type FormErrors } from '../form.tsx';
import { Action, Empty } from '../parts/parts.tsx';
import type { Choice } from '../schema-form/field-spec.ts';
import { daysText } from './route-text.tsx';
import { peopleChoices } from './schedule-form.tsx';
import { pathOf, ROUTES, SCHEDULES } from './section.tsx';
import { ShiftChart } from './shift-chart.tsx';
import { zonedInput, zonedText } from './time-zones.tsx';

export const DAYS_SHOWN = 14;
export const SPAN_MS = DAYS_SHOWN * 86_400_000;

const PROBLEMS = {
  deleted: 'deleted',
  disabled: 'disabled',
  no_channel: 'no channel',
} as const;

const People = ({ people }: { people: readonly OnCallEntry[] }) =>
  people.length === 0 ? (
    <strong>nobody</strong>
  ) : (
    <span>
      {people.map(({ name, rotation, problem }, index) => (
        <>
          {index === 0 ? '' : ', '}
          <strong>
            <bdi>{name}</bdi>
          </strong>{' '}
          <span class="small">({rotation === null ? 'override' : <bdi>{rotation}</bdi>})</span>
          {problem === null ? null : <span class="badge bad">{PROBLEMS[problem]}</span>}
        </>
      ))}
    </span>
  );

interface SchedulesProps {
  readonly c: Context<HttpEnv>;
  readonly rows: readonly { readonly schedule: ScheduleRow; readonly shifts: readonly NamedShift[] }[];
}

export const Schedules = ({ c, rows }: SchedulesProps) =>
  rows.length === 0 ? (
    <Empty
      title="No on-call schedule yet"
      next={mayUse(c, 'POST /dashboard/schedules') && { href: `${SCHEDULES}/_new`, label: 'Add a schedule' }}
    >
      <p>
        In a schedule, people take turns. A step of a route that names it notifies whoever is on call at that
        moment.
      </p>
    </Empty>
  ) : (
    <ul class="list" data-live="schedules">
      {rows.map(({ schedule, shifts: [now, next] }) => (
        <li>
          <div>
            <h2>
              <a href={pathOf(SCHEDULES, schedule.id)}>
                <bdi>{schedule.name}</bdi>
              </a>
            </h2>
            <p>
              On call now: <People people={now!.people} />
            </p>
            <p class="note">
              {next === undefined ? (
                `Nobody else within ${DAYS_SHOWN} days.`
              ) : (
                <>
                  From {zonedText(schedule.timeZone, next.startsAt)} ({schedule.timeZone}):{' '}
                  <People people={next.people} />
                </>
              )}
            </p>
          </div>
          {now!.people.length > 0 ? null : (
            <span class="state warn">
              <Icon tone="warn" />
              Gap
            </span>
          )}
        </li>
      ))}
    </ul>
  );

export interface OverrideValues {
  readonly person: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

interface SchedulePageProps {
  readonly c: Context<HttpEnv>;
  readonly schedule: ScheduleRow;
  readonly setup: AlertingSetup;
  readonly shifts: readonly NamedShift[];
  /** What was typed into the form of an override, if it was refused. */
  readonly values?: OverrideValues | undefined;
  readonly errors?: FormErrors;
}

export const SchedulePage = ({ c, schedule, setup, shifts, values, errors = {} }: SchedulePageProps) => {
  const { now } = c.var;
  const { timeZone, rotations, overrides } = schedule;
  const path = pathOf(SCHEDULES, schedule.id);
  const names = new Map(setup.people.map(({ id, name }) => [id, name]));
  const [current, next] = shifts;
  const me = c.var.authenticated?.person ?? null;
  const mayTake = me !== null && mayUse(c, 'POST /dashboard/schedules/:id/overrides');
  const mine = overrides.filter(({ endsAt }) => endsAt > now);
  const usedBy = setup.routes.filter(
    (route) =>
      isInside(c.var.caller.restriction, route) &&
      route.steps.some((step) => step.schedules.includes(schedule.id)),
  );
  const layerOf = (one: Pick<ScheduleRow, 'rotations' | 'overrides'>) =>
    shiftsBetween({ ...schedule, ...one }, now, now + SPAN_MS);
  const layers = [
    ...rotations.map((rotation) => ({
      name: rotation.name,
      shifts: layerOf({ rotations: [rotation], overrides: [] }),
    })),
    ...(mine.length === 0 ? [] : [{ name: 'Overrides', shifts: layerOf({ rotations: [], overrides }) }]),
    {
      name: 'On call',
      shifts: shifts.map(({ startsAt, endsAt, people }) => ({
        ...{ startsAt, endsAt },
        onCall: people.map(({ id, rotation }): OnCall => ({ person: id, rotation })),
      })),
    },
  ];
  return (
    <>
      <div class="card pad" data-live="on-call">
        <p class="answer">
          On call now: <People people={current!.people} />
        </p>
        {current!.people.every(({ problem }) => problem === null) ? null : (
          <p>
            <span class="state warn">
              <Icon tone="warn" />
              Not everybody can be reached.
            </span>{' '}
            Notifications need a channel of the person: each sets it on the{' '}
            <a href="/dashboard/account">account page</a>, or an admin does. Without one, the default channels
            get it.
          </p>
        )}
        <p class="note">
          {next === undefined
            ? `Nobody else within ${DAYS_SHOWN} days.`
            : `The next shift begins in ${duration(next.startsAt - now)}: ${zonedText(timeZone, next.startsAt)}.`}{' '}
          {usedBy.length === 0 ? (
            <>
              <b>No route uses this schedule</b>, so nobody is notified by it.{' '}
              <a href={ROUTES}>Go to the routes</a>.
            </>
          ) : (
            <>
              Used by{' '}
              {usedBy.map((route, index) => (
                <>
                  {index === 0 ? '' : ', '}
                  <a href={pathOf(ROUTES, route.id)}>
                    <bdi>{route.name}</bdi>
                  </a>
                </>
              ))}
              .
            </>
          )}
        </p>
      </div>
      <section aria-labelledby="shifts">
        <h2 id="shifts">The next {DAYS_SHOWN} days</h2>
        <p class="note after">All times in {timeZone}.</p>
        <div class="card pad">
          <ShiftChart layers={layers} from={now} to={now + SPAN_MS} timeZone={timeZone} names={names} />
        </div>
        <div class="card spaced">
          <table class="grid stacks">
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">On call</th>
                <th scope="col">
                  <span class="hidden">Take the shift</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shifts.slice(0, MAX_LISTED).map((shift) => (
                <tr>
                  <th scope="row" class="nowrap">
                    {zonedText(timeZone, shift.startsAt)}
                  </th>
                  <td class="nowrap">
                    <span class="narrow-label">to </span>
                    {zonedText(timeZone, shift.endsAt)}
                  </td>
                  <td>
                    <People people={shift.people} />
                  </td>
                  <td>
                    {mayTake && shift.people.every(({ id }) => id !== me.id) ? (
                      <Action
                        c={c}
                        action={`${path}/overrides`}
                        label="I take this shift"
                        describe={`I take the shift from ${zonedText(timeZone, shift.startsAt)}`}
                        fields={{
                          person: me.id,
                          startsAt: zonedInput(timeZone, shift.startsAt),
                          endsAt: zonedInput(timeZone, shift.endsAt),
                        }}
                      />
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {shifts.length > MAX_LISTED ? (
          <p class="note after">{shifts.length - MAX_LISTED} more shifts are in the picture.</p>
        ) : null}
      </section>
      <div class="columns spaced">
        <section class="card pad" aria-labelledby="overrides">
          <h2 id="overrides">Overrides</h2>
          <p class="note">One person takes the place of all rotations for a time.</p>
          {mine.length === 0 ? <p>None is planned.</p> : null}
          <ul class="plain-list">
            {mine.map(({ id, person, startsAt, endsAt }) => (
              <li>
                <bdi>{names.get(person) ?? person}</bdi>, {zonedText(timeZone, startsAt)} to{' '}
                {zonedText(timeZone, endsAt)}{' '}
                {mayUse(c, 'POST /dashboard/schedules/:id/overrides/:overrideId/delete') ? (
                  <Action
                    c={c}
                    action={`${path}/overrides/${encodeURIComponent(id)}/delete`}
                    label="Remove"
                    describe={`Remove the override of ${names.get(person) ?? person}`}
                  />
                ) : null}
              </li>
            ))}
          </ul>
          {mayTake ? (
            <Form c={c} action={`${path}/overrides`}>
              <OverrideFields
                choices={peopleChoices(c, setup, schedule)}
                values={
                  values ?? {
                    person: me.id,
                    startsAt: zonedInput(timeZone, now),
                    endsAt: zonedInput(timeZone, next?.startsAt ?? now + 86_400_000),
                  }
                }
                errors={errors}
                timeZone={timeZone}
              />
              <button type="submit">Add the override</button>
            </Form>
          ) : null}
        </section>
        <section class="card pad" aria-labelledby="rotations">
          <h2 id="rotations">Rotations</h2>
          {rotations.length === 0 ? <p>None. Only overrides put people on call.</p> : null}
          {rotations.map(({ name, people, start, end, turn, times }) => (
            <>
              <h3>
                <bdi>{name}</bdi>
              </h3>
              <p class="note">
                <bdi>{people.map((id) => names.get(id) ?? id).join(' → ')}</bdi>, in turns of {turn.count}{' '}
                {turn.count === 1 ? turn.unit.slice(0, -1) : turn.unit}, since {start.replace('T', ' ')}
                {end === null ? '' : `, until ${end.replace('T', ' ')}`}.
                {times === null ? '' : ` Only ${times.map(daysText).join('; ')}.`}
              </p>
            </>
          ))}
        </section>
      </div>
      {mayUse(c, 'POST /dashboard/schedules/:id/delete') ? (
        <section aria-labelledby="delete">
          <h2 id="delete">Delete</h2>
          <Form c={c} action={`${path}/delete`} class="card pad">
            <p>If a route names the schedule, you see a list first.</p>
            <Confirm label={`Delete ${schedule.name}`} />
            <button type="submit" class="danger">
              Delete the schedule
            </button>
          </Form>
        </section>
      ) : null}
    </>
  );
};

const MAX_LISTED = 40;

const OverrideFields = ({
  choices,
  values,
  errors,
  timeZone,
}: {
  choices: readonly Choice[];
  values: OverrideValues;
  errors: FormErrors;
  timeZone: string;
}) => (
  <>
    {errors.form === undefined ? null : <p class="error">{errors.form}</p>}
    <div class="field">
      <label for="person">Person</label>
      <select id="person" name="person" {...invalid('person', errors)}>
        {choices.map(({ value, label }) => (
          <option value={value} selected={value === values.person}>
            {label}
          </option>
        ))}
      </select>
      <ErrorText name="person" errors={errors} />
    </div>
    {(['startsAt', 'endsAt'] as const).map((name) => (
      <div class="field">
        <label for={name}>
          {name === 'startsAt' ? 'From' : 'To'} ({timeZone})
        </label>
        <input
          type="datetime-local"
          id={name}
          name={name}
          value={values[name]}
          required
          {...invalid(name, errors)}
        />
        <ErrorText name={name} errors={errors} />
      </div>
    ))}
  </>
);

const invalid = (name: string, errors: FormErrors): Record<string, string> =>
  errors[name] === undefined ? {} : { 'aria-invalid': 'true', 'aria-describedby': `${name}-error` };

const ErrorText = ({ name, errors }: { name: string; errors: FormErrors }) =>
  errors[name] === undefined ? null : (
    <p class="error" id={`${name}-error`}>
      {errors[name]}
    </p>
  );
