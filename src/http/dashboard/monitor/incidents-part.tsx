// Owns the incidents of a monitor, and the maintenances and silences that cover it. Does not read them.
import { duration } from '../../../channels/time-text.ts';
import { MAX_INCIDENTS, type PageIncident } from '../../../store/monitor-page.ts';
import { Timestamp } from '../../ui/times.tsx';
import { isOfJob } from '../incidents/incident-words.ts';
import { Empty } from '../parts/parts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import type { MonitorData } from './load-monitor.ts';
import { endReasonText } from './texts.ts';

interface IncidentsProps {
  readonly incidents: readonly PageIncident[];
  readonly monitorId: string;
  readonly now: number;
  place(location: string): string;
  /** When one opens. */
  readonly opens?: string;
}

export const Incidents = ({
  incidents,
  monitorId,
  now,
  place,
  opens = 'An incident opens when a quorum of locations fails.',
}: IncidentsProps) => (
  <section aria-labelledby="incidents">
    <h2 id="incidents">Incidents</h2>
    {incidents.length === 0 ? (
      <Empty title="No incident yet">
        <p>{opens}</p>
      </Empty>
    ) : (
      <>
        <ul class="list incidents-of">
          {incidents.map((incident) => (
            <Incident of={incident} now={now} place={place} />
          ))}
        </ul>
        {incidents.length < MAX_INCIDENTS ? null : (
          <p>
            <a href={`/dashboard/incidents?monitor=${encodeURIComponent(monitorId)}`}>All incidents</a>
          </p>
        )}
      </>
    )}
  </section>
);

const Incident = ({
  of: incident,
  now,
  place,
}: {
  of: PageIncident;
  now: number;
  place: IncidentsProps['place'];
}) => {
  const { id, verdict, state, startedAt, resolvedAt, reason, scope, acknowledgedAt } = incident;
  const isOpen = state === 'open';
  return (
    <li>
      <div>
        <h3>
          <a href={`/dashboard/incidents/${encodeURIComponent(id)}`}>
            {verdict === 'down' ? 'Down' : 'Partial'}
            {isOpen ? ' for ' : ', '}
            {duration((resolvedAt ?? now) - startedAt)}
          </a>
        </h3>
        <p class="note">
          From <Timestamp at={startedAt} />
          {resolvedAt === null ? (
            ''
          ) : (
            <>
              {' '}
              to <Timestamp at={resolvedAt} />
            </>
          )}
          {scope.length === 0 || isOfJob(incident) ? '' : `. ${scope.map(place).join(', ')}`}
          {reason === null ? '' : `. It ${endReasonText(reason)}`}
        </p>
      </div>
      <StateBadge state={isOpen ? (acknowledgedAt === null ? 'open' : 'acknowledged') : 'resolved'} />
    </li>
  );
};

export const Windows = ({ data: { windows, now } }: { data: MonitorData }) =>
  windows.length === 0 ? null : (
    <section aria-labelledby="windows">
      <h2 id="windows">Maintenance and silences</h2>
      <ul class="list">
        {windows.map(({ kind, id, name, from, to }) => (
          <li>
            <div>
              <h3>
                <a
                  href={`/dashboard/${kind === 'maintenance' ? 'maintenance' : 'silences'}/${encodeURIComponent(id)}`}
                >
                  <bdi>{name}</bdi>
                </a>
              </h3>
              <p class="note">
                {kind === 'maintenance' ? 'Maintenance' : 'Silence'},{' '}
                {from <= now ? (
                  <>
                    active until <Timestamp at={to} />
                  </>
                ) : (
                  <>
                    <Timestamp at={from} /> to <Timestamp at={to} />
                  </>
                )}
              </p>
            </div>
            <span class={`badge ${from <= now ? 'calm' : 'no_data'}`}>
              {from <= now ? 'Active' : 'Planned'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
