// Owns the list of routes, and the form of one. Does not change anything.
import type { Context } from 'hono';
import { isInside, type Restriction } from '../../../access/restriction.ts';
import { eventTypes, isReserved } from '../../../channels/events.ts';
import { shownRoute } from '../../../services/routes/shown-route.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import type { RouteRow } from '../../../store/routes.ts';
import { routeInputSchema } from '../../api/routes/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { Confirm, Form, type FormErrors } from '../form.tsx';
import { Empty } from '../parts/parts.tsx';
import { type Choice, type FieldSpec, fieldsOf } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { namesIn, RouteSentence, routeNotes } from './route-text.tsx';
import { CHANNELS, pathOf, ROUTES, WHO } from './section.tsx';
import { TimeZones, ZONES_ID } from './time-zones.tsx';

/** The routes that the person sees, without the ids of what is outside. */
export const routesInside = (setup: AlertingSetup, restriction: Restriction): readonly RouteRow[] =>
  setup.routes
    .filter((route) => isInside(restriction, route))
    .map((route) => shownRoute(restriction, route, setup));

interface RoutesProps {
  readonly c: Context<HttpEnv>;
  readonly setup: AlertingSetup;
  /** The route that was moved by a button: the button keeps the focus. */
  readonly moved: { readonly id: string; readonly by: 'up' | 'down' } | null;
}

export const Routes = ({ c, setup, moved }: RoutesProps) => {
  const { restriction } = c.var.caller;
  const names = namesIn(setup, restriction);
  const routes = routesInside(setup, restriction);
  const mayMove = mayUse(c, 'POST /dashboard/routes/:id/move') && routes.length > 1;
  const defaults = setup.defaults.ids.flatMap((id) => names.channels.get(id) ?? []);
  return (
    <>
      {routes.length === 0 ? (
        <Empty
          title="No route yet"
          next={mayUse(c, 'POST /dashboard/routes') && { href: `${ROUTES}/_new`, label: 'Add a route' }}
        >
          <p>
            Without routes, every notification goes to the default channels. A route sends those of a team, of
            a severity or of a time elsewhere, and can escalate.
          </p>
        </Empty>
      ) : (
        <ol class="list routes">
          {routes.map((route, index) => (
            <li id={`route-${route.id}`} {...(route.enabled ? {} : { class: 'off' })}>
              <span class="place" aria-hidden="true">
                {index + 1}
              </span>
              <div>
                <h2>
                  <a href={pathOf(ROUTES, route.id)}>
                    <bdi>{route.name}</bdi>
                  </a>{' '}
                  {route.enabled ? null : <span class="badge no_data">Disabled</span>}
                </h2>
                <p>
                  <RouteSentence route={route} names={names} />
                </p>
                {routeNotes(route).length === 0 ? null : <p class="note">{routeNotes(route).join(' ')}</p>}
              </div>
              {mayMove ? (
                <div class="moves">
                  {index === 0 ? null : <Move c={c} route={route} by="up" moved={moved} />}
                  {index === routes.length - 1 ? null : <Move c={c} route={route} by="down" moved={moved} />}
                </div>
              ) : null}
            </li>
          ))}
        </ol>
      )}
      <p class="note after">
        The first route that matches decides, from the top. What no route matches goes to the default
        channels: {defaults.length === 0 ? <strong>there are none</strong> : <bdi>{defaults.join(', ')}</bdi>}
        . Set them on the page of a <a href={CHANNELS}>channel</a>.
      </p>
    </>
  );
};

const Move = ({
  c,
  route,
  by,
  moved,
}: {
  c: Context<HttpEnv>;
  route: RouteRow;
  by: 'up' | 'down';
  moved: RoutesProps['moved'];
}) => (
  <Form c={c} action={`${pathOf(ROUTES, route.id)}/move`} class="inline">
    <input type="hidden" name="by" value={by} />
    <button
      type="submit"
      class="quiet"
      aria-label={`Move ${route.name} ${by}`}
      {...(moved?.id === route.id && moved.by === by ? { autofocus: true } : {})}
    >
      {by === 'up' ? '↑' : '↓'}
    </button>
  </Form>
);

const choicesOf = (
  restriction: Restriction,
  rows: readonly {
    readonly id: string;
    readonly name: string;
    readonly tags: Readonly<Record<string, string>>;
  }[],
): readonly Choice[] =>
  rows.filter((row) => isInside(restriction, row)).map(({ id, name }) => ({ value: id, label: name }));

const EVENTS = eventTypes
  .filter((event) => !isReserved(event))
  .map((event) => ({ value: event, label: event }));

const WEEK = (path: string) => ({
  [`${path}.days`]: { hint: 'On which they begin.' },
  [`${path}.from`]: { widget: 'time' as const },
  [`${path}.to`]: { widget: 'time' as const, hint: 'If it is not after the start, on the next day.' },
  [`${path}.timeZone`]: { suggestions: ZONES_ID },
});

/** `stored`: the route that the form changes. */
export function routeFields(
  setup: AlertingSetup,
  restriction: Restriction,
  stored: RouteRow | null,
): readonly FieldSpec[] {
  const isUnused = (name: keyof RouteRow['match']): boolean => stored?.match[name] === undefined;
  const fields = fieldsOf(routeInputSchema, {
    id: {
      ...{ advanced: true, omit: stored !== null },
      hint: 'For the API and configuration files. Derived from the name if you leave it empty.',
    },
    name: { hint: 'Such as the team that gets the notifications.' },
    match: {
      label: 'Which notifications',
      hint: 'All that you fill in must match. Leave everything empty to match every notification.',
    },
    'match.tags': { hint: 'The monitor has one of these, one a line, such as `team:shop`.' },
    'match.monitors': { hint: 'Ids of monitors, one a line.', advanced: isUnused('monitors') },
    'match.groups': {
      hint: 'The monitor is in one of these groups, one a line.',
      advanced: isUnused('groups'),
    },
    'match.severities': { hint: 'None ticked: all. An outage is critical.' },
    'match.events': {
      ...{ choices: EVENTS, advanced: isUnused('events') },
      hint: 'None ticked: all, except `monitor.degraded` and `monitor.certificate`: tick those, or the severity warning.',
    },
    'match.times': {
      ...{ widget: 'items', itemLabel: 'Times', label: 'Only at these times', advanced: isUnused('times') },
      hint: 'Times of the week. None: always.',
    },
    ...WEEK('match.times[]'),
    steps: {
      ...{ widget: 'items', itemLabel: 'Step', label: 'Who is notified' },
      hint: 'The first step is the opening. Each later one is for an incident that is not acknowledged by then.',
    },
    'steps[].afterSeconds': {
      ...{ label: 'After (minutes)', scale: 60 },
      hint: 'Minutes after the opening. 0 or empty: at once.',
    },
    'steps[].channels': { choices: choicesOf(restriction, setup.channels), hint: 'These channels.' },
    'steps[].schedules': {
      choices: choicesOf(restriction, setup.schedules),
      omit: setup.schedules.length === 0,
      hint: 'Whoever is on call then. If they cannot be reached, the default channels get it.',
    },
    repeatMinutes: {
      label: 'Remind every (minutes)',
      hint: 'While an incident is open and not acknowledged. Empty: no reminders.',
    },
    quietHours: {
      label: 'Quiet hours',
      hint: 'What is not critical waits until they end, and is not sent if the problem is over by then. Empty: none.',
    },
    ...WEEK('quietHours'),
    continues: { label: 'Later routes apply too', hint: 'Otherwise this route decides alone.' },
    enabled: { hint: 'A disabled route matches nothing.' },
    tags: {
      advanced: true,
      hint: 'One a line, as `team: shop`. They decide which restricted people and keys see the route.',
    },
  });
  const order = [
    'name',
    'match',
    'steps',
    'repeatMinutes',
    'quietHours',
    'continues',
    'enabled',
    'tags',
    'id',
  ];
  return fields.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path));
}

interface RouteFormProps {
  readonly c: Context<HttpEnv>;
  readonly stored: RouteRow | null;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly version?: string | undefined;
}

export const RouteForm = ({ c, stored, fields, values, errors, version }: RouteFormProps) => {
  const action = stored === null ? ROUTES : pathOf(ROUTES, stored.id);
  const mayWrite = mayUse(c, stored === null ? 'POST /dashboard/routes' : 'POST /dashboard/routes/:id');
  if (!mayWrite) return null;
  return (
    <>
      <TimeZones />
      <Form c={c} action={action} class="card pad">
        {version === undefined ? null : <input type="hidden" name="version" value={version} />}
        <SchemaFields fields={fields} values={values} errors={errors} />
        <p class="actions">
          <button type="submit" class="primary">
            {stored === null ? 'Create the route' : 'Save'}
          </button>
          <a class="button" href={ROUTES}>
            Cancel
          </a>
        </p>
        <p class="note">
          Alerts that are open keep the plan that they began with. To see who would be notified now, use{' '}
          <a href={WHO}>the dry run</a>.
        </p>
      </Form>
      {stored === null ? null : (
        <section aria-labelledby="delete">
          <h2 id="delete">Delete</h2>
          <Form c={c} action={`${action}/delete`} class="card pad">
            <p>What it matches goes to the routes after it, or to the default channels.</p>
            <Confirm label={`Delete ${stored.name}`} />
            <button type="submit" class="danger">
              Delete the route
            </button>
          </Form>
        </section>
      )}
    </>
  );
};
