// The figures for a person, in plain text.
import { table } from '../table.ts';
import { PEERS } from './other-tools.ts';
import { SORTS } from './outages.ts';
import { type NoiseRow, OURS, type OutageRow, type Summary } from './summary.ts';

const figure = (value: number, digits = 1): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
const rate = (value: number, years: number): string =>
  value === 0 ? `0 (< ${figure(1 / years, 3)})` : figure(value, value < 1 ? 3 : 1);

export function describe(summary: Summary): string {
  const outagesOf = (kind: string): OutageRow[] => summary.outages.filter((row) => row.kind === kind);
  return [
    'False alerts a monitor-year, nothing wrong with the target (noise C unless said otherwise)',
    '',
    table(
      ['rule', 'noise', 'interval s', 'years', 'false outages', 'partial notifications', 'extra looks %'],
      summary.noise.map((row: NoiseRow) => [
        row.rule,
        row.noise,
        String(row.intervalSeconds),
        figure(row.years, 0),
        rate(row.falsePerYear, row.years),
        row.partialsPerYear === 0 ? '–' : figure(row.partialsPerYear),
        row.extraPercent === 0 ? '–' : figure(row.extraPercent, 2),
      ]),
    ),
    '',
    'Time to detect, seconds from the true onset, noise C underneath',
    ...['refused', 'timeout'].flatMap((kind) => [
      '',
      kind === 'refused' ? 'The target refuses.' : 'The target is silent, and a look at it takes 5 s.',
      '',
      table(
        [
          'rule',
          'outage',
          'interval s',
          'p50',
          'p95',
          'max',
          'missed ≥ 60 s',
          'missed',
          'opened',
          'resolved',
          'recovery p95',
          'start off p95',
        ],
        outagesOf(kind).map((row) => [
          row.rule,
          row.sort,
          String(row.intervalSeconds),
          figure(row.p50),
          figure(row.p95),
          figure(row.max),
          String(row.longMissed),
          `${row.missed}/${row.outages}`,
          figure(row.openedPerOutage, 2),
          figure(row.resolvedPerOutage, 2),
          figure(row.recoveryP95),
          figure(row.startErrorP95),
        ]),
      ),
    ]),
    '',
    'Regional problems: what is recorded as partial',
    '',
    table(
      ['outage', 'kind', 'interval s', 'found', 'p95 s', 'right scope'],
      summary.outages.flatMap(({ partial, sort, kind, intervalSeconds }) =>
        partial && /of 6/.test(sort)
          ? [
              [
                sort,
                kind,
                String(intervalSeconds),
                `${figure(100 * partial.found, 0)} %`,
                figure(partial.p95),
                `${figure(100 * partial.rightScope, 0)} %`,
              ],
            ]
          : [],
      ),
    ),
    '',
    'Targets',
    '',
    table(
      ['target', 'wanted', 'measured', ''],
      summary.targets.map(({ what, wanted, measured, met }) => [
        what,
        wanted,
        measured,
        met ? 'met' : 'NOT MET',
      ]),
    ),
    '',
    'Settings of the other rules: one plausible setting each, re-implemented from the page that documents it; no measurement',
    'of the product itself.',
    '',
    table(
      ['rule', 'setting', 'source'],
      PEERS.map(({ name, setting, source }) => [name, setting, source]),
    ),
  ].join('\n');
}

/** The short table of the README: a silent target, 60 s, noise C. */
export function describeShortly({ noise, outages }: Summary): string {
  const rows = outages
    .filter(
      ({ sort, kind, intervalSeconds }) =>
        sort === SORTS.full.name && kind === 'timeout' && intervalSeconds === 60,
    )
    .flatMap((row) => {
      const quiet = noise.find(
        (one) => one.rule === row.rule && one.noise === 'C' && one.intervalSeconds === 60,
      );
      if (!quiet) return [];
      const bold = row.rule === OURS ? '**' : '';
      const seen =
        quiet.falsePerYear === 0
          ? `none in ${figure(quiet.years, 0)} years`
          : rate(quiet.falsePerYear, quiet.years);
      const missed = `${row.longMissed} of ${row.long}`;
      return [
        `| ${bold}${row.rule}${bold} | ${seen} | ${figure(row.p50, 0)} s | ${figure(row.p95, 0)} s | ${missed} |`,
      ];
    });
  return [
    '| rule | false alerts a monitor-year | found, half of them | found, 95 of 100 | missed of a minute or more |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
