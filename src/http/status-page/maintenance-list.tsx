// Owns the lists of maintenance: what runs now, and what is planned. A recurring one is listed once, with its next time.
import { componentsOf } from './headline.ts';
import type { PageView } from './page-view.ts';
import { isolated, Phrase, type Rendering, SLOT, Time } from './rendering.tsx';
import type { PlannedMaintenance } from './status-view.ts';

interface ListProps {
  readonly view: Pick<PageView, 'groups' | 'maintenances'>;
  readonly of: Rendering;
  /** The page is about one service, so it names none. */
  readonly single?: boolean;
}

const isRunning =
  ({ now }: Rendering) =>
  ({ startsAt }: PlannedMaintenance): boolean =>
    startsAt <= now;

export const RunningMaintenance = ({ view, of, single }: ListProps) => {
  const running = view.maintenances.filter(isRunning(of));
  return running.length === 0 ? null : (
    <section aria-labelledby="maintenance">
      <h2 id="maintenance">{of.texts.maintenance.running}</h2>
      <Maintenances list={running} view={view} of={of} single={single ?? false} />
    </section>
  );
};

export const UpcomingMaintenance = ({ view, of, single }: ListProps) => {
  const running = new Set(view.maintenances.filter(isRunning(of)).map(({ id }) => id));
  const upcoming = view.maintenances.filter(({ id, startsAt }) => startsAt > of.now && !running.has(id));
  return upcoming.length === 0 ? null : (
    <section aria-labelledby="upcoming">
      <h2 id="upcoming">{of.texts.maintenance.upcoming}</h2>
      <Maintenances list={upcoming} view={view} of={of} single={single ?? false} />
    </section>
  );
};

const Maintenances = ({ list, view, of, single }: ListProps & { list: readonly PlannedMaintenance[] }) => {
  const { texts, formats, now } = of;
  const { maintenance } = texts;
  const monitors = componentsOf(view).filter(({ monitor }) => monitor !== null);
  const nameOf = (id: string): string =>
    isolated(monitors.find(({ monitor }) => monitor?.id === id)?.name ?? id);
  const first = list.filter(({ id }, index) => list.findIndex((other) => other.id === id) === index);
  return (
    <ul class="cards">
      {first.map(({ id, name, monitors: covered, startsAt, endsAt }) => {
        const more = view.maintenances.filter((other) => other.id === id).length - 1;
        const text =
          startsAt <= now
            ? maintenance.until(SLOT)
            : maintenance.starts(SLOT, formats.duration(endsAt - startsAt));
        return (
          <li class="calm">
            <h3>{name}</h3>
            <p>
              <Phrase
                text={`${text}. `}
                slots={[<Time at={startsAt <= now ? endsAt : startsAt} of={of} />]}
              />
              {single
                ? ''
                : covered.length === monitors.length
                  ? maintenance.affectsAll
                  : maintenance.affects(formats.list(covered.map(nameOf)))}
              {more === 0 ? '' : ` ${maintenance.repeats(more)}`}
            </p>
          </li>
        );
      })}
    </ul>
  );
};
