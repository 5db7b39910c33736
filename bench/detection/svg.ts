// Owns the picture: time to detect a full outage against false alerts, one point per rule, for light and dark pages.
// Does not compute figures.
import { OUTAGE_TYPES } from './outages.ts';
import { OURS, type Summary } from './summary.ts';

interface Point {
  readonly rule: string;
  readonly x: number;
  /** 0 if there was none. */
  readonly y: number;
}

const WIDTH = 860;
const HEIGHT = 520;
const LEFT = 84;
const RIGHT = 190;
const TOP = 74;
const BOTTOM = 96;
/** Height of the band below the scale for rules without a false alert. */
const BAND = 44;

const X_TICKS = [10, 20, 50, 100, 200, 500, 1_000];
const Y_TICKS = [0.01, 0.1, 1, 10, 100, 1_000];

const log = (value: number, from: number, to: number): number => Math.log(value / from) / Math.log(to / from);
const xOf = (seconds: number): number => LEFT + log(seconds, 10, 1_000) * (WIDTH - LEFT - RIGHT);
const floor = HEIGHT - BOTTOM - BAND;
const yOf = (rate: number): number =>
  rate === 0 ? floor + BAND / 2 + 4 : floor - log(rate, 0.01, 10_000) * (floor - TOP);

/** Silent targets with a 60 s interval, the most common kind of outage. */
export function pointsOf({ noise, outages }: Pick<Summary, 'noise' | 'outages'>): Point[] {
  return outages
    .filter(
      ({ outageType, kind, intervalSeconds }) =>
        outageType === OUTAGE_TYPES.full.name && kind === 'timeout' && intervalSeconds === 60,
    )
    .flatMap(({ rule, p95 }) => {
      const row = noise.find(
        (noiseRow) => noiseRow.rule === rule && noiseRow.noise === 'C' && noiseRow.intervalSeconds === 60,
      );
      return row && Number.isFinite(p95) ? [{ rule, x: p95, y: row.falsePerYear }] : [];
    });
}

export function drawPicture(summary: Pick<Summary, 'noise' | 'outages'>): string {
  const points = pointsOf(summary);
  const labels = placeLabels(points);
  const grid = [
    ...X_TICKS.map(
      (tick) =>
        `<path class="grid" d="M${n(xOf(tick))} ${TOP}V${HEIGHT - BOTTOM}"/><text class="tick" x="${n(xOf(tick))}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${tick} s</text>`,
    ),
    ...Y_TICKS.map(
      (tick) =>
        `<path class="grid" d="M${LEFT} ${n(yOf(tick))}H${WIDTH - RIGHT}"/><text class="tick" x="${LEFT - 10}" y="${n(yOf(tick) + 4)}" text-anchor="end">${tick}</text>`,
    ),
  ];
  const dots = points.map(({ rule, x, y }, index) => {
    const isOurs = rule === OURS;
    const { lx, ly } = labels[index]!;
    // If the label is not next to its point, a line leads to the nearer end of the label.
    const end = lx < xOf(x) ? lx + widthOf(rule) + 2 : lx - 3;
    const apart = Math.abs(end - xOf(x)) > 16 || Math.abs(ly - 4 - yOf(y)) > 9;
    const lead = apart ? `<path class="lead" d="M${n(xOf(x))} ${n(yOf(y))}L${n(end)} ${n(ly - 4)}"/>` : '';
    return `${lead}<circle class="${isOurs ? 'own' : 'other'}" cx="${n(xOf(x))}" cy="${n(yOf(y))}" r="${isOurs ? 8 : 5}"/><text class="${isOurs ? 'name own-name' : 'name'}" x="${n(lx)}" y="${n(ly)}">${rule}</text>`;
  });
  const years = Math.min(...summary.noise.filter(({ noise }) => noise === 'C').map((row) => row.years));
  const descriptions = points.map(
    ({ rule, x, y }) =>
      `${rule}: ${x.toFixed(0)} s, ${y === 0 ? 'no' : y.toPrecision(2)} false alerts per monitor-year`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">
<title id="title">Time to detect an outage against false alerts</title>
<desc id="desc">${descriptions.join('; ')}.</desc>
<style>
svg { font-family: system-ui, sans-serif; background: #fff; }
text { fill: #1f2733; font-size: 13px; }
.head { font-size: 17px; font-weight: 600; }
.sub, .tick { fill: #576173; font-size: 12px; }
.grid { stroke: #dde2ea; fill: none; }
.band { fill: #eef6ef; }
.lead { stroke: #9aa4b2; fill: none; }
.other { fill: #7d8899; }
.own { fill: #16803c; }
.own-name { font-weight: 700; fill: #16803c; font-size: 14px; }
@media (prefers-color-scheme: dark) {
svg { background: #12161d; }
text { fill: #e4e9f1; }
.sub, .tick { fill: #a5afbf; }
.grid { stroke: #2b3340; }
.band { fill: #15261b; }
.lead { stroke: #667182; }
.other { fill: #93a0b4; }
.own { fill: #4cc47a; }
.own-name { fill: #4cc47a; }
}
</style>
<rect class="band" x="${LEFT}" y="${floor + 4}" width="${WIDTH - LEFT - RIGHT}" height="${BAND - 4}"/>
<text class="head" x="${LEFT}" y="30">Fast and quiet: lower left is better</text>
<text class="sub" x="${LEFT}" y="50">Silent target (each check takes 5 s), 60 s interval, noise C. Rules of other tools re-implemented.</text>
${grid.join('\n')}
<text class="tick" x="${LEFT - 10}" y="${n(floor + BAND / 2 + 8)}" text-anchor="end">none</text>
<text class="sub" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 42}" text-anchor="middle">time to detect a full outage, p95</text>
<text class="sub" transform="translate(22 ${(TOP + floor) / 2}) rotate(-90)" text-anchor="middle">false alerts per monitor-year</text>
<text class="sub" x="${LEFT}" y="${HEIGHT - 16}">At least ${years.toFixed(0)} monitor-years per rule. Reproduce with npm run bench:detection</text>
${dots.join('\n')}
</svg>
`;
}

/** Approximate width of a label at this font size. */
const widthOf = (rule: string): number => rule.length * 7.2;

const n = (value: number): string => value.toFixed(1);

/** Places labels next to their points and moves them down or up until they overlap no other label or point. */
function placeLabels(points: readonly Point[]): { lx: number; ly: number }[] {
  const placed: { x: number; y: number; width: number }[] = [];
  const overlaps = (x: number, y: number, width: number, own: number): boolean =>
    placed.some((label) => Math.abs(label.y - y) < 15 && x < label.x + label.width && label.x < x + width) ||
    points.some(
      (point, index) =>
        index !== own &&
        Math.abs(yOf(point.y) - (y - 4)) < 11 &&
        xOf(point.x) > x - 8 &&
        xOf(point.x) < x + width,
    );
  return points.map(({ rule, x, y }, index) => {
    const width = widthOf(rule);
    const right = xOf(x) + 12;
    const left = xOf(x) - 12 - width;
    for (let step = 0; step < 14; step += 1) {
      for (const shift of [step * 8, -step * 8]) {
        for (const lx of [right, left]) {
          const ly = yOf(y) + 4 + shift;
          if (lx < LEFT || ly < TOP || ly > HEIGHT - BOTTOM - 4 || overlaps(lx, ly, width, index)) continue;
          placed.push({ x: lx, y: ly, width });
          return { lx, ly };
        }
      }
    }
    return { lx: right, ly: yOf(y) + 4 };
  });
}
