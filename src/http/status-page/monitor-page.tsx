// Owns the page of one monitor: its state, its days, response times by location, incidents and maintenance.
import { Banner } from './banner.tsx';
import { BAR_DAYS, barDays, dayText, shapeOf } from './bars.ts';
import { TONES } from './headline.ts';
import { IncidentCards, unknownSinceIn } from './incident-card.tsx';
import { LatencyChart, Swatch, unitOf } from './latency-chart.tsx';
import { RunningMaintenance, UpcomingMaintenance } from './maintenance-list.tsx';
import {
  type JobDurations,
  type LocationLatency,
  type MonitorPageView,
  RANGES,
} from './monitor-page-view.ts';
import { PageLayout } from './page-layout.tsx';
import { Ago, isolated, Phrase, pathOf, type Rendering, SLOT } from './rendering.tsx';
import { History } from './service-row.tsx';
import { monitorText } from './status-text.ts';

interface MonitorPageProps {
  readonly view: MonitorPageView;
  readonly of: Rendering;
}

export const MonitorPage = ({ view, of }: MonitorPageProps) => {
  const { component, incidents } = view;
  const { texts } = of;
  const groups = [
    { ref: null, name: null, state: component.state, components: [component], collapsed: false },
  ];
  const inPage = { groups, maintenances: view.maintenances };
  return (
    <PageLayout of={of} title={component.name} refreshes>
      <StateBanner view={view} of={of} />
      <section aria-labelledby="days">
        <h2 id="days">{texts.monitor.days(BAR_DAYS)}</h2>
        <div class="plain">
          <History component={component} of={of} days={barDays(of.now, of.formats)} />
          <p class="note">{texts.bars.rule}</p>
          <DayTable view={view} of={of} />
        </div>
      </section>
      {view.latency === null ? null : <Latency view={view} latency={view.latency} of={of} />}
      {view.durations === null ? null : <Durations view={view} durations={view.durations} of={of} />}
      <section aria-labelledby="incidents">
        <h2 id="incidents">{texts.archive.heading}</h2>
        {incidents.length === 0 ? (
          <p class="plain">{texts.monitor.noIncidents(BAR_DAYS)}</p>
        ) : (
          <IncidentCards incidents={incidents} unknownSince={unknownSinceIn(inPage)} of={of} below={2} />
        )}
      </section>
      <RunningMaintenance view={inPage} of={of} single />
      <UpcomingMaintenance view={inPage} of={of} single />
    </PageLayout>
  );
};

const StateBanner = ({ view: { component }, of }: MonitorPageProps) => {
  const { texts, formats } = of;
  const { monitor, said } = component;
  if (monitor === null) return null;
  const places = component.failingLocations.map((id) => of.place(id));
  const text = monitorText(monitor, texts, places.length === 0 ? null : formats.list(places));
  const tone = said === null ? text.tone : TONES[component.state];
  return (
    <Banner tone={tone} title={component.name}>
      <p>
        <b>{text.words}</b>{' '}
        {monitor.condition === 'maintenance' ? null : (
          <Phrase text={`${text.since} ${SLOT}`} slots={[<Ago since={monitor.since} of={of} />]} />
        )}
      </p>
      <p>
        {text.caveat}
        {text.note}
      </p>
      {said === null ? null : <p>{texts.row.said(texts.incidents.impacts[said])}</p>}
    </Banner>
  );
};

/** What the bars show, in words: the days on which something happened, the newest first. */
const DayTable = ({ view: { component }, of }: MonitorPageProps) => {
  const { texts, formats } = of;
  const special = component.bars.filter(({ totals }) => shapeOf(totals) !== '').toReversed();
  if (special.length === 0) return component.bars.length === 0 ? null : <p>{texts.monitor.timesWithout}</p>;
  return (
    <details>
      <summary>{texts.monitor.dayTable}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.monitor.date}</th>
            <th scope="col">{texts.monitor.event}</th>
          </tr>
        </thead>
        <tbody>
          {special.map(({ day, totals }) => (
            <tr>
              <td class="id">{formats.day(day)}</td>
              <td>{dayText(totals, texts, formats)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
};

const Latency = ({ view, latency, of }: MonitorPageProps & { latency: readonly LocationLatency[] }) => {
  const { texts } = of;
  const { monitor } = texts;
  const measured = latency.some(({ points }) => points.some((value) => value !== null));
  return (
    <section aria-labelledby="latency">
      <h2 id="latency">{monitor.latency}</h2>
      <div class="plain">
        <Ranges view={view} of={of} />
        {measured ? (
          <LatencyChart
            view={view}
            series={latency.map(({ location, points }) => ({ name: of.place(location), points }))}
            of={of}
            label={monitor.latencyChart(monitor.ranges[view.range])}
            unit={{ length: 1, words: monitor.milliseconds }}
          />
        ) : (
          <p>{monitor.latencyNone}</p>
        )}
        {latency.length === 0 ? null : <LatencyTable latency={latency} of={of} />}
      </div>
    </section>
  );
};

const Ranges = ({ view, of }: MonitorPageProps) => {
  const { monitor } = of.texts;
  const id = view.component.monitor?.id ?? '';
  return (
    <nav aria-label={monitor.range}>
      <ul class="choices">
        {RANGES.map((range) => (
          <li>
            <a
              href={`${pathOf(of, `/monitors/${encodeURIComponent(id)}`)}?range=${range}#latency`}
              aria-current={range === view.range ? 'page' : undefined}
            >
              {monitor.ranges[range]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

/** How long the job of a heartbeat takes. No location measures that. */
const Durations = ({ view, durations, of }: MonitorPageProps & { durations: JobDurations }) => {
  const { texts, formats } = of;
  const { monitor } = texts;
  const { runs, points, p50, p95, p99 } = durations;
  const longest = Math.max(0, ...points.filter((value) => value !== null));
  const words = (value: number | null): string => {
    if (value === null) return '–';
    const { length, words: inUnit } = unitOf(value, texts);
    return inUnit(formats.number(Math.round((value / length) * 10) / 10));
  };
  return (
    <section aria-labelledby="latency">
      <h2 id="latency">{monitor.durations}</h2>
      <div class="plain">
        <Ranges view={view} of={of} />
        {runs === 0 ? (
          <p>{monitor.durationsNone}</p>
        ) : (
          <>
            <LatencyChart
              view={view}
              series={[{ name: monitor.durations, points }]}
              of={of}
              label={monitor.durationsChart(monitor.ranges[view.range])}
              unit={unitOf(longest, texts)}
            />
            <div class="scroll">
              <table class="figures">
                <thead>
                  <tr>
                    <th scope="col">{monitor.runs}</th>
                    <th scope="col">{monitor.median}</th>
                    <th scope="col">{monitor.percentile(95)}</th>
                    <th scope="col" class="p99">
                      {monitor.percentile(99)}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <tr>
                    <td>{formats.number(runs)}</td>
                    <td>{words(p50)}</td>
                    <td>{words(p95)}</td>
                    <td class="p99">{words(p99)}</td>
                  </tr>
                </tbody>
              </table>
            </div>
          </>
        )}
      </div>
    </section>
  );
};

const LatencyTable = ({ latency, of }: { latency: readonly LocationLatency[]; of: Rendering }) => {
  const { texts, formats } = of;
  const { monitor } = texts;
  // Short ranges are read from single runs, which do not have votes.
  const hasUptime = latency.some(({ uptime }) => uptime !== null);
  const milliseconds = (value: number | null): string =>
    value === null ? '–' : monitor.milliseconds(formats.number(Math.round(value)));
  return (
    <div class="scroll">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{texts.incident.location}</th>
            <th scope="col">{monitor.median}</th>
            <th scope="col">{monitor.percentile(95)}</th>
            <th scope="col" class="p99">
              {monitor.percentile(99)}
            </th>
            {hasUptime ? <th scope="col">{monitor.uptime}</th> : null}
          </tr>
        </thead>
        <tbody>
          {latency.map(({ location, p50, p95, p99, uptime }, index) => (
            <tr>
              <th scope="row">
                <Swatch index={index} />
                {isolated(of.place(location))}
              </th>
              <td>{milliseconds(p50)}</td>
              <td>{milliseconds(p95)}</td>
              <td class="p99">{milliseconds(p99)}</td>
              {hasUptime ? <td>{uptime === null ? '–' : formats.uptime(uptime)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
