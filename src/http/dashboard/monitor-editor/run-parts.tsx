// Owns running the check of a form at once, and the parts of the page that show it: the form stands below places for the
// results, and each result is sent when it arrives. The places are slots of a shadow root, which browsers fill without
// script (HTML Standard, section 4.12.3: shadowrootmode). An older browser shows the results below the form.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { CheckInput } from '../../../../probes/checks/check-input.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import { admitDebugRun, startDebugRun } from '../../../services/check-runs/debug-run.ts';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import { STYLE_PATH } from '../../ui/style.ts';
import { ASSET_PATHS } from '../asset-paths.ts';
import { Notice } from '../notice.tsx';
import { Asking, RunResult, summaryOf } from './run-results.tsx';

/** A check that its schema has parsed. */
export interface RunRequest {
  readonly check: CheckInput;
  readonly locations: 'all' | readonly string[];
  /** The monitor whose stored secrets a null stands for. */
  readonly monitor?: string;
}

/** A part may wait for another one, such as the token of a form. */
export const html = async (content: Child): Promise<string> => await (content ?? '').toString();

/** A run that began, or why none did. */
export type StartedRun =
  | { readonly ok: false; readonly message: string }
  | { readonly ok: true; readonly runs: ReadonlyMap<string, Promise<Observation>> };

/** The check at every location, within the limits and guards of POST /api/v1/check. */
export async function startRun(c: Context<HttpEnv>, request: RunRequest): Promise<StartedRun> {
  const { config, caller } = c.var;
  const admitted = await admitDebugRun(config, request, caller);
  if (!admitted.ok) return { ok: false, message: admitted.error.message };
  const runs = startDebugRun(config.fleet, admitted.value, Date.now);
  return { ok: true, runs: new Map(runs.map(({ location, result }) => [location, result])) };
}

/** The results, and `form` below them. */
export async function* runParts(
  started: StartedRun,
  locationNames: LocationNames,
  form: Child,
): AsyncGenerator<string> {
  if (!started.ok) {
    yield await html(<NotRun message={started.message} />);
    yield await html(form);
    return;
  }
  const places = [...started.runs.keys()].map((id) => locationName(id, locationNames));
  yield await openPlaces(places);
  yield await html(form);
  const seen: Observation[] = [];
  for await (const { index, observation } of asTheyArrive(started.runs.values())) {
    seen.push(observation);
    yield await html(<RunResult index={index} name={places[index]!} observation={observation} />);
  }
  const { tone, text } = summaryOf(seen);
  yield await html(
    <p slot="summary" class={`run-summary ${tone}`}>
      <Icon tone={tone} />
      {text}
    </p>,
  );
  yield CLOSE_PLACES;
}

/** The beginning of the part of the page with a place for each result. Results, as slots, follow within it. */
export const openPlaces = async (names: readonly string[]): Promise<string> =>
  `<div class="run-host"><template shadowrootmode="open">${await html(<Places names={names} />)}</template>`;
export const CLOSE_PLACES = '</div>';

/** Each observation with the position of its run, the first that arrives first. */
export async function* asTheyArrive(
  results: Iterable<Promise<Observation>>,
): AsyncGenerator<{ readonly index: number; readonly observation: Observation }> {
  const pending = new Map([...results].map((result, index) => [index, withIndex(index, result)] as const));
  while (pending.size > 0) {
    const arrived = await Promise.race(pending.values());
    pending.delete(arrived.index);
    yield arrived;
  }
}

const withIndex = async (index: number, result: Promise<Observation>) => ({
  index,
  observation: await result,
});

/** The content of the shadow root. Styles of the page do not reach into it. */
const Places = ({ names }: { names: readonly string[] }) => (
  <>
    <link rel="stylesheet" href={STYLE_PATH} />
    <link rel="stylesheet" href={ASSET_PATHS['dashboard.css']} />
    <section class="runs" aria-label="Results">
      <h2>From every location, now</h2>
      <div role="status">
        <slot name="summary">
          <p class="run-summary">
            Checking from {names.length} location{names.length === 1 ? '' : 's'}…
          </p>
        </slot>
      </div>
      <ul class="run-list">
        {names.map((name, index) => (
          <li>
            <slot name={`run-${index}`}>
              <Asking name={name} />
            </slot>
          </li>
        ))}
      </ul>
    </section>
    <slot />
  </>
);

const NotRun = ({ message }: { message: string }) => (
  <Notice tone="warn" title="The check was not run.">
    <p>{message}</p>
    <p>You can save the monitor without it.</p>
  </Notice>
);
