// Owns what `npm run estimate` prints for people. Does not compute.
import { table } from '../../bench/table.ts';
import type { Estimate, Line } from './cost.ts';
import { EGRESS_GIGABYTE, FREE_PLAN, PAID_PLAN, PRICES, type Sourced } from './prices.ts';

const money = (value: number): string => `$${value.toFixed(2)}`;

function amount(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} billion`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} million`;
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1);
}

const share = ({ used, included }: Line): string => {
  if (included === null) return '–';
  const percent = (100 * used) / included;
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent).toLocaleString('en')} %`;
};

export function textOf({ workload, usage, lines, dollars, dominant, warnings }: Estimate): string {
  const { regions, memoryMb, plan } = workload;
  return [
    `${usage.monitors.toLocaleString('en')} monitors, ${amount(usage.checks)} checks a month, ${regions.length} regions, ` +
      `${memoryMb} MB, Workers ${plan === 'paid' ? 'Paid' : 'Free'}`,
    '',
    table(
      ['', 'a month', 'unit', 'of what is included', 'cost'],
      lines.map((one) => [one.name, amount(one.used), one.unit, share(one), money(one.dollars)]),
    ),
    '',
    `  ${money(dollars)} a month, before tax${dominant ? `. Most of it: ${dominant.name}` : ''}.`,
    ...warnings.map((warning) => `  Warning: ${warning}`),
    '',
    '  A month has 30 days, and every monitor is up. --prices shows the source of each price.',
  ].join('\n');
}

export function pricesText(): string {
  const groups = {
    ...PRICES,
    'egress by GB': EGRESS_GIGABYTE,
    'free plan': FREE_PLAN,
    'paid plan': PAID_PLAN,
  };
  const rows = Object.entries(groups).flatMap(([group, prices]) =>
    Object.entries(prices as Readonly<Record<string, Sourced>>).map(([name, { value, date, source }]) => [
      `${group}: ${name}`,
      String(value),
      date,
      source,
    ]),
  );
  return table(['price', 'value', 'date', 'source'], rows);
}
