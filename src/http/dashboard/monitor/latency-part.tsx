// Owns the latency of a monitor by location: the data of the chart, and what says the same without script: a picture made on
// the server and a table. Does not read runs.
import { raw } from 'hono/html';
import type { Timings } from '../../../../probes/contract/index.ts';
import type { HistoryObservation } from '../../../history/read-history.ts';
import { fromLogByte, toLogByte } from '../../../uptime/log-steps.ts';
import { latencyOfDays, latencyOfRuns } from '../../status-page/latency.ts';
import { linesOf, niceMaximum } from '../../status-page/latency-chart.tsx';
import type { LocationLatency } from '../../status-page/monitor-page-view.ts';
import type { ChartData } from '../islands/chart-data.ts';
import { Tabs } from '../parts/parts.tsx';
import type { MonitorHistory, Range } from './load-monitor.ts';
import { ms, PHASES } from './texts.ts';

const DAY_MS = 86_400_000;
const PARTS: Readonly<Record<Range, number>> = { '24h': 48, '7d': 84, '90d': 90 };
const LABELS: Readonly<Record<Range, string>> = { '24h': '24 hours', '7d': '7 days', '90d': '90 days' };
/** With more locations, the phases of each would make the page large: the history of a day has them. */
const MAX_STACKS = 8;

interface LatencyProps {
  readonly history: MonitorHistory;
  /** The path of the page. */
  readonly path: string;
  place(location: string): string;
}

export const Latency = ({ history, path, place }: LatencyProps) => {
  const { range, chart } = history;
  const latency = latencyOf(history).toSorted((a, b) => (place(a.location) < place(b.location) ? -1 : 1));
  const hrefOf = (one: Range) => (one === '24h' ? path : `${path}?range=${one}`);
  const isMeasured = latency.some(({ points }) => points.some((point) => point !== null));
  return (
    <section aria-labelledby="latency">
      <h2 id="latency">Latency by location</h2>
      <Tabs
        label="Range of the chart"
        current={hrefOf(range)}
        tabs={(['24h', '7d', '90d'] as const).map((one) => ({ path: hrefOf(one), label: LABELS[one] }))}
      />
      {history.isBroken ? (
        <p>The history cannot be read now. The logs of the Worker have the reason.</p>
      ) : !isMeasured ? (
        <div class="empty">
          <p class="title">Nothing was measured in these {LABELS[range]}</p>
          <p>
            {chart.existed === null
              ? 'The monitor did not exist then.'
              : 'A chart appears with the first ok run.'}
          </p>
        </div>
      ) : (
        <figure class="chart card pad" id="latency-chart" data-chart="Latency by location">
          <figcaption>
            {range === '90d' ? 'Median total time of each UTC day' : `Median total time, ${partText(range)}`}
          </figcaption>
          <script type="application/json">
            {raw(JSON.stringify(chartData(history, latency, place)).replaceAll('<', '\\u003c'))}
          </script>
          <div data-fallback="">
            <Picture latency={latency} range={range} place={place} />
          </div>
          <details class="more" open>
            <summary>Figures as a table</summary>
            <Table latency={latency} place={place} />
          </details>
        </figure>
      )}
    </section>
  );
};

const partText = (range: Range): string => (range === '24h' ? 'half an hour a point' : 'two hours a point');

function latencyOf({ range, from, to, chart }: MonitorHistory): LocationLatency[] {
  const parts = PARTS[range];
  return range === '90d'
    ? latencyOfDays(chart.days, { from, parts })
    : latencyOfRuns(chart.runs, { from, to, parts });
}

/** As few digits as a point of a chart shows. */
const rounded = (value: number | null): number | null =>
  value === null ? null : value < 100 ? Math.round(value * 10) / 10 : Math.round(value);

/** As islands/chart.ts takes it. */
function chartData(
  history: MonitorHistory,
  latency: readonly LocationLatency[],
  place: LatencyProps['place'],
): ChartData {
  const { range, from, to, chart } = history;
  const parts = PARTS[range];
  const step = range === '90d' ? DAY_MS : (to - from) / parts;
  return {
    unit: 'ms',
    x: Array.from({ length: parts }, (_, index) => Math.round(from + index * step)),
    series: latency.map(({ location, points }) => ({ label: place(location), values: points.map(rounded) })),
    stacks: range === '90d' || latency.length > MAX_STACKS ? [] : stacksOf(history, latency, place),
    bands: chart.spans.map(({ moment, from: start, to: end }) => ({ from: start, to: end, state: moment })),
    range: [from, to],
  };
}

/** The median of each phase, by location. */
function stacksOf(
  { from, to, range, chart }: MonitorHistory,
  latency: readonly LocationLatency[],
  place: LatencyProps['place'],
) {
  const parts = PARTS[range];
  const byLocation = Map.groupBy(chart.runs, ({ location }) => location);
  return latency.flatMap(({ location }) => {
    const runs = byLocation.get(location) ?? [];
    const phases = PHASES.flatMap(([phase, label]) => {
      const values = medians(runs, phase, { from, to, parts });
      return values.some((value) => value !== null) ? [{ label, values: values.map(rounded) }] : [];
    });
    return phases.length < 2 ? [] : [{ label: `Phases at ${place(location)}`, parts: phases }];
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly parts: number;
}

function medians(
  runs: readonly HistoryObservation[],
  phase: keyof Timings,
  { from, to, parts }: Span,
): (number | null)[] {
  const steps = Array.from({ length: parts }, (): number[] => []);
  for (const { outcome, timings, startedAt } of runs) {
    const value = timings[phase];
    const part = Math.floor(((startedAt - from) * parts) / (to - from));
    if (outcome === 'ok' && value !== undefined) steps[part]?.push(toLogByte(value));
  }
  return steps.map((own) =>
    own.length === 0
      ? null
      : (fromLogByte(own.sort((a, b) => a - b)[Math.floor((own.length - 1) / 2)]!) ?? 0),
  );
}

const WIDTH = 1_000;
const HEIGHT = 250;
/** As many colours and dashes as the stylesheet has. */
const KINDS = 8;
const LINES = 4;

interface FiguresProps {
  readonly latency: readonly LocationLatency[];
  place(location: string): string;
}

const Picture = ({ latency, range, place }: FiguresProps & { range: Range }) => {
  const maximum = niceMaximum(latency.flatMap(({ points }) => points.filter((value) => value !== null)));
  return (
    <div class="latency-picture">
      <p class="small">0 to {maximum.toLocaleString('en')} ms</p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Latency by location in ${LABELS[range]}. The table below has the figures.`}
      >
        {Array.from({ length: LINES + 1 }, (_, index) => (
          <path class="line" d={`M0 ${(HEIGHT * index) / LINES}H${WIDTH}`} />
        ))}
        {latency.map(({ points, location }, index) => (
          <g class={`k${index % KINDS}`}>
            <title>{place(location)}</title>
            {linesOf(points, maximum).map((line) => (
              <polyline points={line} />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
};

const Table = ({ latency, place }: FiguresProps) => (
  <section class="scroll" tabindex={0} aria-label="Latency by location">
    <table class="grid">
      <thead>
        <tr>
          <th scope="col">Location</th>
          <th scope="col" class="number">
            Median
          </th>
          <th scope="col" class="number">
            p95
          </th>
          <th scope="col" class="number">
            p99
          </th>
        </tr>
      </thead>
      <tbody>
        {latency.map(({ location, p50, p95, p99 }, index) => (
          <tr>
            <th scope="row">
              <svg class={`latency-key k${index % KINDS}`} viewBox="0 0 24 4" aria-hidden="true">
                <path d="M0 2H24" />
              </svg>{' '}
              <bdi>{place(location)}</bdi>
            </th>
            {[p50, p95, p99].map((value) => (
              <td class="number">{value === null ? '–' : ms(value)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
