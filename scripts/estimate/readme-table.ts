// Owns the table of costs that README.md shows, as Markdown. `npm run docs` writes it. Does not compute costs.
import { estimate } from './cost.ts';
import { OTHER_SERVICES } from './other-services.ts';
import { DEFAULT_REGIONS, DEFAULTS, type Workload } from './workload.ts';

const SIZES = [10, 100, 1_000, 10_000] as const;
const LOCATIONS = 6;

/** Checks with http of https:// addresses, every 60 s, from the six locations of wrangler.toml. */
export const readmeWorkload = (monitors: number): Workload => ({
  ...DEFAULTS,
  groups: [{ monitors, intervalSeconds: 60, check: 'http', locations: LOCATIONS }],
  regions: DEFAULT_REGIONS.slice(0, LOCATIONS),
});

/** With cents only where a small price has some. */
function dollars(value: number | null): string {
  if (value === null) return '';
  const hasCents = value < 100 && !Number.isInteger(value);
  return hasCents ? `$${value.toFixed(2)}` : `$${Math.round(value).toLocaleString('en')}`;
}

export function costTable(): string {
  const services = OTHER_SERVICES.map(({ name }) => name);
  const rows = SIZES.map((monitors) => {
    const { dollars: own, dominant } = estimate(readmeWorkload(monitors));
    const others = OTHER_SERVICES.map((service) => dollars(service.dollars(monitors)));
    return [monitors.toLocaleString('en'), `**${dollars(own)}**`, dominant?.name ?? '', ...others];
  });
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['monitors', 'probemesh', 'of it most', ...services]),
    `|${'---|'.repeat(services.length + 3)}`,
    ...rows.map(row),
    '',
    ...OTHER_SERVICES.map(({ name, source, date, note }) => `- [${name}](${source}), ${date}: ${note}`),
  ].join('\n');
}
