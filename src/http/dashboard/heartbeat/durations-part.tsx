// Owns the chart of how long the runs of a heartbeat took, its figures in words, and the same as a table. Does not read them.
import { raw } from 'hono/html';
import { linesOf, niceMaximum } from '../../status-page/latency-chart.tsx';
import { Timestamp } from '../../ui/times.tsx';
import type { ChartData } from '../islands/chart-data.ts';
import type { MonitorHistory } from '../monitor/load-monitor.ts';
import { Tabs } from '../parts/parts.tsx';
import {
  type DurationPoint,
  durationText,
  type HeartbeatRange,
  type HeartbeatView,
  pointsOf,
  RANGE_WORDS,
} from './heartbeat-view.ts';

interface DurationsProps {
  readonly heartbeat: HeartbeatView;
  readonly history: MonitorHistory;
  /** The path of the page. */
  readonly path: string;
}

export const Durations = ({ heartbeat, history, path }: DurationsProps) => {
  const { range, durations, figures, cutAt } = heartbeat;
  const hrefOf = (one: HeartbeatRange) => (one === '24h' ? path : `${path}?range=${one}`);
  const points = pointsOf(durations, history);
  return (
    <section aria-labelledby="durations">
      <h2 id="durations">Duration of runs</h2>
      <Tabs
        label="Range of the chart"
        current={hrefOf(range)}
        tabs={(['24h', '7d', '30d'] as const).map((one) => ({ path: hrefOf(one), label: RANGE_WORDS[one] }))}
      />
      {figures === null ? (
        <div class="empty">
          <p class="title">No duration was measured in these {RANGE_WORDS[range]}</p>
          <p>
            Let the job call its ping address with <code>/start</code> when it begins, and again when it ends.
          </p>
        </div>
      ) : (
        <figure class="chart card pad" id="duration-chart" data-chart="Duration of runs">
          <figcaption>
            {figures.runs === 1 ? (
              <>One run took {durationText(figures.p50Ms)}.</>
            ) : (
              <>
                Half of the {figures.runs.toLocaleString('en')} runs took at most{' '}
                <strong>{durationText(figures.p50Ms)}</strong> (p50), and 95 % at most{' '}
                <strong>{durationText(figures.p95Ms)}</strong> (p95). The longest took{' '}
                {durationText(figures.maxMs)}.
              </>
            )}
            {cutAt === null ? null : (
              <>
                {' '}
                Only runs since <Timestamp at={cutAt} /> are shown.
              </>
            )}
          </figcaption>
          <script type="application/json">
            {raw(JSON.stringify(chartData(points, history)).replaceAll('<', '\\u003c'))}
          </script>
          <div data-fallback="">
            <Picture points={points} range={range} />
          </div>
          <details class="more" open>
            <summary>Figures as a table</summary>
            <Table points={points} />
          </details>
        </figure>
      )}
    </section>
  );
};

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** As islands/chart.ts takes it. */
function chartData(points: readonly DurationPoint[], { from, to, chart }: MonitorHistory): ChartData {
  const longest = Math.max(...points.map(({ maxMs }) => maxMs ?? 0));
  const [unit, unitMs] = UNITS.find(([, one]) => longest >= 2 * one) ?? UNITS[3];
  const value = (ms: number | null): number | null =>
    ms === null ? null : Number((ms / unitMs).toPrecision(4));
  const isSingle = points.every(({ runs }) => runs <= 1);
  return {
    unit,
    x: points.map(({ at }) => at),
    seriesLabel: 'Duration',
    series: isSingle
      ? [{ label: 'Duration', values: points.map(({ medianMs }) => value(medianMs)) }]
      : [
          { label: 'Median', values: points.map(({ medianMs }) => value(medianMs)) },
          { label: 'Longest', values: points.map(({ maxMs }) => value(maxMs)) },
        ],
    bands: chart.spans.map(({ moment, from: start, to: end }) => ({ from: start, to: end, state: moment })),
    range: [from, to],
  };
}

const WIDTH = 1_000;
const HEIGHT = 250;
const LINES = 4;

const Picture = ({ points, range }: { points: readonly DurationPoint[]; range: HeartbeatRange }) => {
  const medians = points.map(({ medianMs }) => medianMs);
  const maximum = niceMaximum(medians.filter((value) => value !== null));
  return (
    <div class="latency-picture">
      <p class="small">0 to {durationText(maximum)}</p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Duration of runs in ${RANGE_WORDS[range]}. The table below has the figures.`}
      >
        {Array.from({ length: LINES + 1 }, (_, index) => (
          <path class="line" d={`M0 ${(HEIGHT * index) / LINES}H${WIDTH}`} />
        ))}
        <g class="k0">
          {linesOf(medians, maximum).map((line) => (
            <polyline points={line} />
          ))}
        </g>
      </svg>
    </div>
  );
};

/** A longer table says no more. */
const MAX_ROWS = 24;

const Table = ({ points }: { points: readonly DurationPoint[] }) => {
  const measured = points.filter(({ runs }) => runs > 0).toReversed();
  const isSingle = measured.every(({ runs }) => runs === 1);
  return (
    <>
      <section class="scroll" tabindex={0} aria-label="Duration of runs">
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{isSingle ? 'Ended' : 'From'}</th>
              {isSingle ? null : (
                <th scope="col" class="number">
                  Runs
                </th>
              )}
              <th scope="col" class="number">
                {isSingle ? 'Took' : 'Median'}
              </th>
              {isSingle ? null : (
                <th scope="col" class="number">
                  Longest
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {measured.slice(0, MAX_ROWS).map(({ at, runs, medianMs, maxMs }) => (
              <tr>
                <th scope="row">
                  <Timestamp at={at} />
                </th>
                {isSingle ? null : <td class="number">{runs}</td>}
                <td class="number">{durationText(medianMs ?? 0)}</td>
                {isSingle ? null : <td class="number">{durationText(maxMs ?? 0)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {measured.length > MAX_ROWS ? <p class="note">The newest {MAX_ROWS} are shown.</p> : null}
    </>
  );
};
