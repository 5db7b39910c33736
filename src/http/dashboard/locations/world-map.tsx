// Owns the world map with the locations on it: state by shape, and by word in the legend. It is a picture of the table beside
// it, so screen readers and narrow screens leave it out. The land is one static asset: see scripts/build-map.ts.
import { HEALTH_WORDS, type LocationView } from './location-view.ts';
import { MAP, project } from './projection.ts';
import { placeOf } from './region-places.ts';

type Health = LocationView['health'];

/** Around (0, 0). A circle reports, a triangle is quarantined, a square is lost; what is not filled has no data. */
const SHAPES: Readonly<Record<Health, string>> = {
  healthy: 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z',
  quarantined: 'M0-10l10 17h-20z',
  lost: 'M-8-8h16v16h-16z',
  silent: 'M0-10l10 10l-10 10l-10-10z',
  unknown: 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z',
  waiting: 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z',
  disabled: 'M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z',
};

const Dot = ({ health }: { health: Health }) => (
  <path class={`dot ${HEALTH_WORDS[health].tone} ${health}`} d={SHAPES[health]} />
);

export const WorldMap = ({ locations }: { locations: readonly LocationView[] }) => {
  // The worst is drawn last, above its neighbours.
  const placed = locations.flatMap((location) => {
    const place = placeOf(location.id);
    return place === null ? [] : [{ location, at: project(place) }];
  });
  const shown = placed.toReversed();
  const present = (Object.keys(HEALTH_WORDS) as Health[]).filter((health) =>
    locations.some((location) => location.health === health),
  );
  const elsewhere = locations.filter(({ id }) => placeOf(id) === null);
  return (
    <div class="world" aria-hidden="true">
      <div class="land">
        <svg viewBox={`0 0 ${MAP.width} ${MAP.height}`} aria-hidden="true">
          {shown.map(({ location, at: [x, y] }) => (
            <a href={location.path} tabindex={-1}>
              <g transform={`translate(${x.toFixed(0)} ${y.toFixed(0)})`}>
                <title>{`${location.name}: ${HEALTH_WORDS[location.health].label}`}</title>
                <circle class="hit" r="16" />
                <Dot health={location.health} />
              </g>
            </a>
          ))}
        </svg>
      </div>
      <ul class="legend">
        {present.map((health) => (
          <li>
            <svg viewBox="-12 -12 24 24" aria-hidden="true">
              <Dot health={health} />
            </svg>
            {locations.filter((location) => location.health === health).length}{' '}
            {HEALTH_WORDS[health].label.toLowerCase()}
          </li>
        ))}
        {elsewhere.length === 0 ? null : <li>{elsewhere.length} not on the map</li>}
      </ul>
    </div>
  );
};
