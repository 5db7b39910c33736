// Owns what the overview shows of plans: maintenances that run and come next, and who is on call.
import type { OverviewMaintenance } from '../../../store/overview-page.ts';
import { Timestamp } from '../../ui/times.tsx';
import { Empty } from '../parts/parts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import type { OnCallNow } from './on-call-now.ts';

export const Maintenances = ({
  maintenances,
  now,
}: {
  maintenances: readonly OverviewMaintenance[];
  now: number;
}) => (
  <section aria-labelledby="maintenance-heading">
    <h2 id="maintenance-heading">Maintenance</h2>
    {maintenances.length === 0 ? (
      <Empty title="No maintenance is planned">
        <p>
          <a href="/dashboard/maintenance">Plan one</a> before work that would alert.
        </p>
      </Empty>
    ) : (
      <ul class="card plain-list">
        {maintenances.map(({ name, from, to }) => (
          <li>
            <p>
              <a href="/dashboard/maintenance">
                <bdi>{name}</bdi>
              </a>{' '}
              {from <= now ? <StateBadge state="maintenance" /> : null}
            </p>
            <p class="note">
              {from <= now ? (
                <>
                  until <Timestamp at={to} />
                </>
              ) : (
                <>
                  <Timestamp at={from} /> to <Timestamp at={to} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    )}
  </section>
);

export const OnCall = ({ onCall }: { onCall: readonly OnCallNow[] }) => (
  <section aria-labelledby="on-call-heading">
    <h2 id="on-call-heading">On call now</h2>
    {onCall.length === 0 ? (
      <Empty title="No schedule yet">
        <p>
          <a href="/dashboard/schedules">Add a schedule</a> to notify whoever is on call.
        </p>
      </Empty>
    ) : (
      <ul class="card plain-list">
        {onCall.map(({ id, name, people, until }) => (
          <li>
            <p>
              {people.length === 0 ? <b>Nobody</b> : null}
              {people.map((person, index) => (
                <>
                  {index === 0 ? '' : ', '}
                  <b>
                    <bdi>{person.name}</bdi>
                  </b>
                  {person.problem === null ? null : <span class="warn problem"> {person.problem}</span>}
                </>
              ))}
            </p>
            <p class="note">
              <a href={`/dashboard/schedules/${encodeURIComponent(id)}`}>
                <bdi>{name}</bdi>
              </a>
              {until === null ? null : (
                <>
                  {' '}
                  until <Timestamp at={until} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    )}
  </section>
);
