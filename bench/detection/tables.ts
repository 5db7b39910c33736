// Owns the report as text and as Markdown. Does not compute figures.
import { table } from '../table.ts';
import { OTHER_TOOLS } from './other-tools.ts';
import { OUTAGE_TYPES } from './outages.ts';
import { type NoiseRow, OURS, type OutageRow, type Summary } from './summary.ts';

const figure = (value: number, digits = 1): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
const rate = (value: number, years: number): string =>
  value === 0 ? `0 (< ${figure(1 / years, 3)})` : figure(value, value < 1 ? 3 : 1);

export function describe(summary: Summary): string {
  const outagesOf = (kind: string): OutageRow[] => summary.outages.filter((row) => row.kind === kind);
  return [
    'False alerts per monitor-year with a healthy target (noise C unless stated otherwise)',
    '',
    table(
      ['rule', 'noise', 'interval s', 'years', 'false outages', 'partial notifications', 'extra checks %'],
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
    'Time to detect in seconds from the true onset, with noise C',
    ...['refused', 'timeout'].flatMap((kind) => [
      '',
      kind === 'refused' ? 'The target refuses.' : 'The target is silent. A check of it takes 5 s.',
      '',
      table(
        [
          'rule',
          'outage',
          'interval s',
          'p50',
          'p95',
          'max',
          'missed ≥ 1 min',
          'missed',
          'opened',
          'resolved',
          'recovery p95',
          'start error p95',
        ],
        outagesOf(kind).map((row) => [
          row.rule,
          row.outageType,
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
    'Partial incidents: regional problems',
    '',
    table(
      ['outage', 'kind', 'interval s', 'detected', 'p95 s', 'right scope'],
      summary.outages.flatMap(({ partial, outageType, kind, intervalSeconds }) =>
        partial && /of 6/.test(outageType)
          ? [
              [
                outageType,
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
    'Lasting outages of a target that flapped before, in seconds from the true onset',
    '',
    table(
      [
        'kind',
        'interval s',
        'bound s',
        'outages',
        'p50',
        'p95',
        'max',
        'missed',
        'flapping notifications',
        'false',
      ],
      summary.flapping.map((row) => [
        row.kind,
        String(row.intervalSeconds),
        String(row.bound),
        String(row.outages),
        figure(row.p50),
        figure(row.p95),
        figure(row.max),
        String(row.missed),
        String(row.flappingNotifications),
        String(row.falseOutages),
      ]),
    ),
    '',
    'Goals',
    '',
    table(
      ['goal', 'limit', 'measured', ''],
      summary.goals.map(({ what, wanted, measured, met }) => [
        what,
        wanted,
        measured,
        met ? 'met' : 'NOT MET',
      ]),
    ),
    '',
    'Settings of the other rules. Each is re-implemented from its documentation at one plausible setting.',
    'The products themselves were not measured.',
    '',
    table(
      ['rule', 'setting', 'source'],
      OTHER_TOOLS.map(({ name, setting, source }) => [name, setting, source]),
    ),
  ].join('\n');
}

/** The short table for the docs: a silent target, 60 s interval, noise C. */
export function toMarkdown({ noise, outages }: Summary): string {
  const rows = outages
    .filter(
      ({ outageType, kind, intervalSeconds }) =>
        outageType === OUTAGE_TYPES.full.name && kind === 'timeout' && intervalSeconds === 60,
    )
    .flatMap((row) => {
      const quiet = noise.find(
        (noiseRow) => noiseRow.rule === row.rule && noiseRow.noise === 'C' && noiseRow.intervalSeconds === 60,
      );
      if (!quiet) return [];
      const bold = row.rule === OURS ? '**' : '';
      const falseAlerts =
        quiet.falsePerYear === 0
          ? `none in ${figure(quiet.years, 0)} years`
          : rate(quiet.falsePerYear, quiet.years);
      const missed = `${row.longMissed} of ${row.long}`;
      return [
        `| ${bold}${row.rule}${bold} | ${falseAlerts} | ${figure(row.p50, 0)} s | ${figure(row.p95, 0)} s | ${missed} |`,
      ];
    });
  return [
    '| rule | false alerts per monitor-year | time to detect p50 | time to detect p95 | missed outages ≥ 1 min |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
