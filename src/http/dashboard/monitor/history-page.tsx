// Owns the page of a monitor's runs: raw observations of a UTC day, newest first, paged. Four statements, with that
// of the session.
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { readMonitorChart } from '../../../history/read-chart.ts';
import type { HistoryObservation } from '../../../history/read-history.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import { readMonitorPage } from '../../../store/monitor-page.ts';
import { iso } from '../../api/common.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { dashboardPage } from '../dashboard-layout.tsx';
import { Field, Select } from '../form.tsx';
import { Empty, Pager } from '../parts/parts.tsx';
import { pathOf } from './monitor-path.ts';
import { outcomeText, phasesText } from './texts.ts';

const DAY_MS = 86_400_000;
const PAGE_SIZE = 100;
const OUTCOMES = ['ok', 'failed', 'unmeasured'] as const;
const TONES = { ok: 'good', failed: 'bad', unmeasured: 'no_data' } as const;
const LABELS = { ok: 'Ok', failed: 'Failed', unmeasured: 'Not measured' } as const;

/** Null: it does not exist, or is outside. */
export async function showHistory(c: Context<HttpEnv>, id: string): Promise<Response | null> {
  const { config, caller, now } = c.var;
  const { monitor, former, locationNames } = await readMonitorPage(config.db, id, now);
  const known = monitor ?? (caller.restriction === null ? former : null);
  if (known === null || !isInside(caller.restriction, known)) return null;
  const { number, name } = known;
  const day = dayOf(c.req.query('day'), now);
  const outcome = OUTCOMES.find((one) => one === c.req.query('outcome'));
  const location = c.req.query('location') || undefined;
  const page = Math.max(1, Math.min(10_000, Math.floor(Number(c.req.query('page'))) || 1));
  const range = { number, from: day, to: day + DAY_MS, now };
  const { runs } = await readMonitorChart(config.db, range, 'run');
  const place = (one: string) => locationName(one, locationNames);
  const locations = [...new Set(runs.map((run) => run.location))].sort();
  const matching = runs
    .filter(
      (run) =>
        (outcome === undefined || run.outcome === outcome) &&
        (location === undefined || run.location === location),
    )
    .toSorted((a, b) => b.startedAt - a.startedAt || (a.location < b.location ? -1 : 1));
  const shown = matching.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  const path = pathOf(id, '/history');
  const hrefOf = (changes: Readonly<Record<string, string | undefined>>): string => {
    const query = new URLSearchParams();
    const values = { day: dateOf(day), outcome, location, ...changes };
    for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
    return `${path}?${query}`;
  };
  return dashboardPage(c, {
    title: `Runs of ${name}`,
    intro: 'Every check run of a UTC day, newest first.',
    above: [
      { path: '/dashboard/monitors', label: 'Monitors' },
      { path: pathOf(id), label: name },
    ],
    content: (
      <>
        <form method="get" action={path} class="filters">
          <Field name="day" label="Day (UTC)" type="date" value={dateOf(day)} />
          <Select
            name="location"
            label="Location"
            options={[
              { value: '', label: 'All' },
              ...locations.map((one) => ({ value: one, label: place(one) })),
            ]}
            value={location ?? ''}
          />
          <Select
            name="outcome"
            label="Outcome"
            options={[
              { value: '', label: 'All' },
              ...OUTCOMES.map((one) => ({ value: one, label: LABELS[one] })),
            ]}
            value={outcome ?? ''}
          />
          <button type="submit">Show</button>
        </form>
        <p class="actions day-links">
          <a href={hrefOf({ day: dateOf(day - DAY_MS) })}>Day before</a>
          {day + DAY_MS > now ? null : <a href={hrefOf({ day: dateOf(day + DAY_MS) })}>Day after</a>}
          <a href={exportPath(id, day)} download>
            Download the day as CSV
          </a>
        </p>
        {shown.length === 0 ? (
          <Empty title="No run matches">
            <p>
              Choose another day. In a large mesh, runs of the newest hour are here once they are compacted.
            </p>
          </Empty>
        ) : (
          <Runs runs={shown} place={place} />
        )}
        <Pager
          page={page}
          pageSize={PAGE_SIZE}
          total={matching.length}
          hrefOf={(one) => hrefOf({ page: one === 1 ? undefined : String(one) })}
        />
      </>
    ),
  });
}

const dateOf = (ms: number): string => iso(ms).slice(0, 10);

/** The start of a UTC day: today without one, and if it is none. */
function dayOf(text: string | undefined, now: number): number {
  const asked = text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  const day = Number.isNaN(asked) || asked > now ? now : Math.max(0, asked);
  return Math.floor(day / DAY_MS) * DAY_MS;
}

const exportPath = (id: string, day: number): string =>
  `/api/v1/exports/observations?${new URLSearchParams({
    ...{ monitor: id, from: iso(day), to: iso(day + DAY_MS), format: 'csv' },
  })}`;

const Runs = ({ runs, place }: { runs: readonly HistoryObservation[]; place: (id: string) => string }) => (
  <section class="card scroll" tabindex={0} aria-label="Runs">
    <table class="grid stacks">
      <thead>
        <tr>
          <th scope="col">Started</th>
          <th scope="col">Location</th>
          <th scope="col">Outcome</th>
          <th scope="col">Phases</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => {
          const tone = run.outcome === 'ok' && run.degraded ? 'warn' : TONES[run.outcome];
          return (
            <tr>
              <th scope="row">
                <Timestamp at={run.startedAt} exact />
              </th>
              <td>
                <bdi>{place(run.location)}</bdi>
              </td>
              <td class="observation">
                <span class={`state ${tone}`}>
                  <Icon tone={tone} />
                  {outcomeText(run)}
                </span>
                {[run.detail, ...(run.degraded ?? []).map(({ detail }) => detail)].map((detail) =>
                  detail ? (
                    <>
                      <br />
                      <small>
                        <Breakable text={detail} />
                      </small>
                    </>
                  ) : null,
                )}
              </td>
              <td>{phasesText(run.timings) || '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </section>
);
