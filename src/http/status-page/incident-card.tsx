// Owns an incident in the lists of a page: what probes measured and what people say of it, each named as such.
import { HEARTBEAT_LOCATION } from '../../engine/model/heartbeat.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { Breakable } from '../ui/breakable.tsx';
import { isUnknownOutage } from './condition.ts';
import { componentsOf } from './headline.ts';
import type { PageIncident, PageView } from './page-view.ts';
import { Prose } from './prose.tsx';
import { isolated, Phrase, pathOf, type Rendering, SLOT, Time } from './rendering.tsx';
import { endReasonText, incidentTense, incidentTitle } from './status-text.ts';

/** Since when it is unknown whether a measured incident continues, by its id. */
export type UnknownSince = (row: IncidentRow) => number | null;

/** Null if it is known: the incident is over, or its monitor has data. */
export function unknownSinceIn(view: Pick<PageView, 'groups'>): UnknownSince {
  const monitors = new Map(
    componentsOf(view).flatMap(({ monitor }) => (monitor === null ? [] : [[monitor.id, monitor]])),
  );
  return ({ monitorId, resolvedAt }) => {
    const monitor = monitors.get(monitorId);
    return resolvedAt === null && monitor && isUnknownOutage(monitor.condition) ? monitor.since : null;
  };
}

/** As people wrote it, or, of what only probes measured, the service with its verdict. */
export function titleOfIncident(
  { sources, title, measured }: PageIncident,
  unknownSince: UnknownSince,
  { texts }: Pick<Rendering, 'texts'>,
): string {
  const [first] = measured;
  if (sources.includes('people') || !first) return title;
  return measuredTitle(first, unknownSince, texts);
}

export const measuredTitle = (row: IncidentRow, unknownSince: UnknownSince, texts: Rendering['texts']) =>
  incidentTitle(
    isolated(row.monitorName),
    row.verdict,
    incidentTense(row, unknownSince(row) !== null),
    texts,
  );

export const toneOfIncident = ({ impact }: PageIncident): 'bad' | 'warn' | 'calm' =>
  impact === 'major' ? 'bad' : impact === 'operational' ? 'calm' : 'warn';

interface CardsProps {
  readonly incidents: readonly PageIncident[];
  readonly unknownSince: UnknownSince;
  readonly of: Rendering;
  /** The level of the heading above. */
  readonly below: 1 | 2 | 3;
}

export const IncidentCards = ({ incidents, unknownSince, of, below }: CardsProps) => (
  <ul class="cards">
    {incidents.map((incident) => (
      <IncidentCard incident={incident} unknownSince={unknownSince} of={of} below={below} />
    ))}
  </ul>
);

const IncidentCard = ({
  incident,
  unknownSince,
  of,
  below,
}: Omit<CardsProps, 'incidents'> & { incident: PageIncident }) => {
  const { texts } = of;
  const title = (
    <a href={pathOf(of, `/incidents/${encodeURIComponent(incident.id)}`)}>
      <Breakable text={titleOfIncident(incident, unknownSince, of)} />
    </a>
  );
  const isSaid = incident.sources.includes('people');
  return (
    <li class={toneOfIncident(incident)}>
      {below === 1 ? <h2>{title}</h2> : below === 2 ? <h3>{title}</h3> : <h4>{title}</h4>}
      {isSaid ? <SaidPart incident={incident} of={of} below={below + 1} /> : null}
      {incident.measured.map((row) => (
        <p>
          <span class="source">{texts.incidents.measured}</span>{' '}
          {isSaid ? `${measuredTitle(row, unknownSince, texts)}. ` : ''}
          <MeasuredText row={row} unknownSince={unknownSince} of={of} />
        </p>
      ))}
    </li>
  );
};

/** The newest update of people. Earlier ones are on the incident's own page. */
const SaidPart = ({ incident, of, below }: { incident: PageIncident; of: Rendering; below: number }) => {
  const { texts, formats } = of;
  const { incidents } = texts;
  const [newest] = incident.updates;
  const affected = incident.components.filter(({ impact }) => impact !== 'operational');
  return (
    <>
      <p>
        <span class="source">{incidents.fromTeam}</span> <b>{incidents.statuses[incident.status]}</b>
        {newest ? (
          <>
            {' · '}
            <Time at={newest.at} of={of} />
          </>
        ) : null}
      </p>
      {newest ? <Prose markdown={newest.body} below={below} /> : null}
      <p>
        <Phrase text={incidents.started(SLOT)} slots={[<Time at={incident.startedAt} of={of} />]} />
        <LastingText from={incident.startedAt} to={incident.resolvedAt} of={of} />
        {affected.length === 0
          ? ''
          : ` ${incidents.components(formats.list(affected.map(({ name }) => isolated(name))))}`}
      </p>
    </>
  );
};

const LastingText = ({ from, to, of }: { from: number; to: number | null; of: Rendering }) => {
  const { texts, formats, now, dated } = of;
  if (to === null && dated) return <>.</>;
  const text = to === null ? texts.incidents.ongoing : texts.incidents.lasted;
  return <>{text(formats.duration((to ?? now) - from))}</>;
};

interface MeasuredProps {
  readonly row: IncidentRow;
  readonly unknownSince: UnknownSince;
  readonly of: Rendering;
}

/** When it was measured, and where. */
export const MeasuredText = ({ row, unknownSince, of }: MeasuredProps) => {
  const { texts, formats } = of;
  const unknown = unknownSince(row);
  // A job has no location.
  const places = row.scope.filter((id) => id !== HEARTBEAT_LOCATION).map((id) => of.place(id));
  return (
    <>
      <Phrase text={texts.incidents.started(SLOT)} slots={[<Time at={row.startedAt} of={of} />]} />
      {unknown === null || of.dated ? (
        <LastingText from={row.startedAt} to={row.resolvedAt} of={of} />
      ) : (
        <Phrase text={texts.incidents.maybeOver(SLOT)} slots={[<Time at={unknown} of={of} />]} />
      )}
      {places.length === 0 ? '' : ` ${texts.incidents.locations(formats.list(places))}`}
      {row.reason === null ? '' : ` ${endReasonText(row.reason, texts)}`}
    </>
  );
};
