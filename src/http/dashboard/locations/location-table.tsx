// Owns locations as tables: the short one of the overview, and the one of the page of locations.
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime } from '../../ui/times.tsx';
import { failedShare, HEALTH_WORDS, type LocationView, milliseconds } from './location-view.ts';

export const HealthBadge = ({ health }: { health: LocationView['health'] }) => {
  const { label, tone } = HEALTH_WORDS[health];
  return (
    <span class={`state ${tone}`} data-state={health}>
      <Icon tone={tone} />
      {label}
    </span>
  );
};

const Newest = ({ location: { newest }, now }: { location: LocationView; now: number }) =>
  newest === null ? (
    <span class="note">none yet</span>
  ) : (
    <>
      <RelativeTime since={newest.at} now={now} /> ago
    </>
  );

interface TableProps {
  readonly locations: readonly LocationView[];
  readonly now: number;
}

export const ShortLocationTable = ({ locations, now }: TableProps) => (
  <table class="grid short-list">
    <thead>
      <tr>
        <th scope="col">Location</th>
        <th scope="col">State</th>
        <th scope="col">Newest report</th>
      </tr>
    </thead>
    <tbody>
      {locations.map((location) => (
        <tr>
          <th scope="row">
            <a href={location.path}>
              <bdi>{location.name}</bdi>
            </a>
          </th>
          <td>
            <HealthBadge health={location.health} />
          </td>
          <td>
            <Newest location={location} now={now} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

export const LocationTable = ({ locations, now }: TableProps) => (
  <section class="scroll card" tabindex={0} aria-label="All locations">
    <table class="grid stacks">
      <thead>
        <tr>
          <th scope="col">Location</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col">Newest report</th>
          <th scope="col" class="number">
            Failed invocations
          </th>
          <th scope="col" class="number">
            Duration (median)
          </th>
          <th scope="col" class="number">
            Monitors
          </th>
        </tr>
      </thead>
      <tbody>
        {locations.map((location) => (
          <tr data-row>
            <th scope="row">
              <a href={location.path}>
                <bdi>{location.name}</bdi>
              </a>
              <p class="note">
                <bdi>{location.id}</bdi>
              </p>
            </th>
            <td>
              <HealthBadge health={location.health} />
              {location.why === null ? null : <p class="note because">{location.why}</p>}
              {location.hasOtherContract && location.health === 'healthy' ? (
                <p class="note">
                  <b>Another contract version than the coordinator</b>
                </p>
              ) : null}
            </td>
            <td>
              {location.since === null ? null : (
                <>
                  <span class="narrow-only">for </span>
                  <RelativeTime since={location.since} now={now} />
                </>
              )}
            </td>
            <td>
              <span class="narrow-only">Newest report </span>
              <Newest location={location} now={now} />
            </td>
            <td class="number">
              {location.recent === null ? null : (
                <>
                  {failedShare(location)}
                  <span class="narrow-only"> of its invocations failed</span>
                </>
              )}
            </td>
            <td class="number">
              {location.medianMs === null ? null : (
                <>
                  {milliseconds(location.medianMs)}
                  <span class="narrow-only"> an invocation (median)</span>
                </>
              )}
            </td>
            <td class="number">
              <Monitors location={location} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

export const failingPath = (id: string): string => `/dashboard/monitors?location=${encodeURIComponent(id)}`;

const Monitors = ({ location: { id, monitors, failing, failingOnlyHere } }: { location: LocationView }) => (
  <>
    {monitors.toLocaleString('en')}
    <span class="narrow-only"> monitors</span>
    {failing === 0 ? null : (
      <p class="note">
        <a href={failingPath(id)}>{failing.toLocaleString('en')} failing here</a>
        {failingOnlyHere === 0 ? null : `, ${failingOnlyHere.toLocaleString('en')} only here`}
      </p>
    )}
  </>
);
