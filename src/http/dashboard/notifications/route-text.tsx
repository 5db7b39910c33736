// Owns a route in words: which notifications it takes, and whom it notifies when. Does not decide: src/routing does.
import type { Child } from 'hono/jsx';
import { isInside, type Restriction } from '../../../access/restriction.ts';
import { duration } from '../../../channels/time-text.ts';
import { type RouteMatch, type RouteStep, WEEKDAYS, type WeekTimes } from '../../../routing/model.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import type { RouteRow } from '../../../store/routes.ts';

/** Names of what routes name, by id. What the person may not see is not in it. */
export interface Names {
  readonly channels: ReadonlyMap<string, string>;
  readonly schedules: ReadonlyMap<string, string>;
  readonly monitors: ReadonlyMap<string, string>;
}

const namesOf = (
  restriction: Restriction,
  rows: readonly {
    readonly id: string;
    readonly name: string;
    readonly tags: Readonly<Record<string, string>>;
  }[],
): ReadonlyMap<string, string> =>
  new Map(rows.filter((row) => isInside(restriction, row)).map(({ id, name }) => [id, name]));

export const namesIn = (setup: AlertingSetup, restriction: Restriction): Names => ({
  channels: namesOf(restriction, setup.channels),
  schedules: namesOf(restriction, setup.schedules),
  monitors: namesOf(restriction, setup.monitors),
});

const MAX_NAMED = 4;

/** `a, b or c`. */
const Listed = ({ items, last = 'or' }: { items: readonly Child[]; last?: string }) => (
  <>
    {items.slice(0, MAX_NAMED).map((item, index) => {
      const isLast = index === items.length - 1;
      return (
        <>
          {index === 0 ? '' : isLast ? ` ${last} ` : ', '}
          {item}
        </>
      );
    })}
    {items.length > MAX_NAMED ? ` ${last} ${items.length - MAX_NAMED} more` : ''}
  </>
);

/** What happens to the monitors. */
const THAT: Readonly<Record<string, string>> = {
  'incident.opened': 'go down',
  'incident.partial': 'are down in some locations',
  'monitor.no_data': 'have no data',
  'monitor.degraded': 'are degraded',
  'monitor.certificate': 'have a certificate problem',
  'monitor.flapping': 'flap',
};

const Who = ({ match: { tags, monitors, groups }, names }: { match: RouteMatch; names: Names }) => (
  <>
    {monitors ? (
      <>
        Of <Listed items={monitors.map((id) => <bdi>{names.monitors.get(id) ?? id}</bdi>)} last="and" /> those
      </>
    ) : (
      'Monitors'
    )}
    {tags ? (
      <>
        {' '}
        with <Listed items={tags.map((tag) => <span class="pill">{tag}</span>)} />
      </>
    ) : null}
    {groups ? (
      <>
        {' '}
        in the {groups.length === 1 ? 'group' : 'groups'}{' '}
        <Listed items={groups.map((group) => <bdi>{group}</bdi>)} />
      </>
    ) : null}
  </>
);

const SEVERITIES = { critical: 'critical', warning: 'a warning', info: 'for information' } as const;

/** `Monitors with team:shop that go down`. */
export const MatchText = ({ match, names }: { match: RouteMatch; names: Names }) => {
  const { tags, monitors, groups, severities, events, times } = match;
  const isEverything = !tags && !monitors && !groups;
  const verbs = events?.every((event) => THAT[event] !== undefined)
    ? events.map((event) => THAT[event]!)
    : null;
  const isOnlyDown = severities?.length === 1 && severities[0] === 'critical' && !events;
  return (
    <>
      {isEverything && verbs === null && !isOnlyDown ? (
        events ? (
          'Notifications'
        ) : severities ? (
          <>
            Every notification that is <Listed items={severities.map((one) => SEVERITIES[one])} />
          </>
        ) : (
          'All notifications'
        )
      ) : monitors && !tags && !groups ? (
        <Listed items={monitors.map((id) => <bdi>{names.monitors.get(id) ?? id}</bdi>)} />
      ) : (
        <Who match={match} names={names} />
      )}
      {isOnlyDown ? ' that go down' : ''}
      {verbs === null ? null : (
        <>
          {' '}
          that <Listed items={verbs} />
        </>
      )}
      {events && verbs === null ? (
        <>
          {' '}
          of the {events.length === 1 ? 'event' : 'events'}{' '}
          <Listed items={events.map((event) => <code>{event}</code>)} />
        </>
      ) : null}
      {severities && !isOnlyDown && (!isEverything || events) ? (
        <>
          {', '}
          if <Listed items={severities.map((one) => SEVERITIES[one])} />
        </>
      ) : null}
      {times ? (
        <>
          , <Listed items={times.map(weekText)} />
        </>
      ) : null}
    </>
  );
};

const dayName = (day: string): string => day[0]!.toUpperCase() + day.slice(1);

/** `Monday to Friday, 09:00 to 17:00`. */
export function daysText({ days, from, to }: Omit<WeekTimes, 'timeZone'>): string {
  const indexes = days.map((day) => WEEKDAYS.indexOf(day)).toSorted((a, b) => a - b);
  const isRun = indexes.length > 2 && indexes.every((one, index) => one === indexes[0]! + index);
  const named =
    indexes.length === 7
      ? 'every day'
      : isRun
        ? `${dayName(WEEKDAYS[indexes[0]!]!)} to ${dayName(WEEKDAYS[indexes.at(-1)!]!)}`
        : indexes.map((one) => dayName(WEEKDAYS[one]!)).join(', ');
  return `${named}, ${from} to ${to}${to <= from ? ' of the next day' : ''}`;
}

export const weekText = (times: WeekTimes): string => `${daysText(times)} (${times.timeZone})`;

const StepText = ({ step, index, names }: { step: RouteStep; index: number; names: Names }) => {
  const targets = [
    ...step.channels.map((id) => <bdi>{names.channels.get(id) ?? id}</bdi>),
    ...step.schedules.map((id) => (
      <>
        whoever is on call in <bdi>{names.schedules.get(id) ?? id}</bdi>
      </>
    )),
  ];
  return (
    <>
      {index === 0 ? '' : ', '}
      {step.afterSeconds === 0 ? '' : `after ${duration(step.afterSeconds * 1_000)} `}
      <span aria-hidden="true">→</span>
      <span class="hidden"> notify </span>{' '}
      {targets.length === 0 ? 'nobody' : <Listed items={targets} last="and" />}
    </>
  );
};

/** The whole route as one sentence. */
export const RouteSentence = ({ route, names }: { route: RouteRow; names: Names }) => (
  <>
    <MatchText match={route.match} names={names} />{' '}
    {route.steps.length === 0 ? (
      <>
        <span aria-hidden="true">→</span>
        <span class="hidden"> notify </span> nobody
      </>
    ) : (
      route.steps.map((step, index) => <StepText step={step} index={index} names={names} />)
    )}
  </>
);

/** What else the route says. */
export const routeNotes = (route: RouteRow): string[] => [
  ...(route.repeatMinutes === null
    ? []
    : [`Reminds every ${duration(route.repeatMinutes * 60_000)} until it is acknowledged.`]),
  ...(route.quietHours === null
    ? []
    : [`Waits during quiet hours, if not critical: ${weekText(route.quietHours)}.`]),
  ...(route.continues ? ['Later routes apply too.'] : []),
];
