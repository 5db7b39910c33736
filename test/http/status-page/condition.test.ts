// The table of conditions: what banner, row and incident say of a service, and the order of the page.
import { describe, expect, test } from 'vitest';
import { type Condition, conditionOf, inOrder } from '../../../src/http/status-page/condition.ts';
import {
  incidentTense,
  incidentTitle,
  monitorText,
  overallText,
} from '../../../src/http/status-page/status-text.ts';
import type { MonitorView, StatusView } from '../../../src/http/status-page/status-view.ts';

const NOW = 1_800_000_000_000;

const base = {
  ...{ id: 'shop', name: 'Web shop', paused: false, since: NOW - 60_000, lastGap: null },
  ...{ verdict: 'up', incidentVerdict: null, neverChecked: false, flapping: false, warnings: [] },
  ...{ passing: 6, failing: 0, abstaining: 0, maintenance: false },
} satisfies Omit<MonitorView, 'condition'>;

type Facts = Partial<Omit<MonitorView, 'condition'>> & {
  stale?: boolean;
  hindered?: boolean;
  planned?: boolean;
};

function view(services: readonly Facts[], state: StatusView['state'] = 'operational'): StatusView {
  const stale = services.some((facts) => facts.stale);
  const hindered = services.some((facts) => facts.hindered);
  const monitors = services.map(({ stale: _, hindered: __, planned = false, ...facts }): MonitorView => {
    const monitor = { ...base, ...facts };
    return { ...monitor, condition: conditionOf({ ...monitor, planned }, { stale, hindered }) };
  });
  return {
    ...{
      state,
      now: NOW,
      updatedAt: NOW,
      stale,
      measuredAt: NOW,
      hidden: 0,
      incidents: [],
      maintenances: [],
    },
    monitoring: { status: 'ok', reasons: [], hinders: hindered },
    monitors,
  };
}

const NO_DATA: Facts = { verdict: 'no_data', passing: 0, abstaining: 6 };

/** Facts of a service → its condition, the state of the API, and tone and words of the row, the banner and the incident. */
const TABLE: [Condition, Facts, StatusView['state'], row: string, banner: string, incident: string | null][] =
  [
    [
      'down',
      { verdict: 'down', incidentVerdict: 'down', failing: 6, passing: 0 },
      'major_outage',
      'bad Down for',
      'bad Major outage',
      'Web shop is down',
    ],
    [
      'was_down',
      { ...NO_DATA, incidentVerdict: 'down' },
      'major_outage',
      'bad Down when last checked No data for',
      'bad Web shop was down when last checked',
      'Web shop was down when last checked',
    ],
    [
      'was_down',
      { ...NO_DATA, incidentVerdict: 'down', stale: true },
      'major_outage',
      'bad Down when last checked No data for',
      'bad Web shop was down when last checked',
      'Web shop was down when last checked',
    ],
    [
      'was_down',
      { incidentVerdict: 'down', passing: 3, abstaining: 3 },
      'major_outage',
      'bad Down when last checked No data for',
      'bad Web shop was down when last checked',
      'Web shop was down when last checked',
    ],
    [
      'partial',
      { verdict: 'partial', incidentVerdict: 'partial', failing: 2, passing: 4 },
      'partial_outage',
      'warn Partial outage for',
      'warn Partial outage',
      'Web shop is unreachable from some locations',
    ],
    [
      'was_partial',
      { ...NO_DATA, incidentVerdict: 'partial' },
      'partial_outage',
      'warn Partial outage when last checked No data for',
      'warn Web shop was unreachable from some locations when last checked',
      'Web shop was unreachable from some locations when last checked',
    ],
    ['stopped', { ...NO_DATA, stale: true }, 'no_data', 'no_data No data for', 'no_data No data', null],
    ['no_data', NO_DATA, 'no_data', 'no_data No data for', 'no_data No data', null],
    [
      'no_data',
      { ...NO_DATA, neverChecked: true, hindered: true },
      'no_data',
      'no_data No data for',
      'no_data No data',
      null,
    ],
    [
      'pending',
      { ...NO_DATA, neverChecked: true },
      'no_data',
      'no_data Pending for',
      'no_data Waiting for first results',
      null,
    ],
    [
      'unstable',
      { flapping: true },
      'operational',
      'warn Operational for',
      'good All systems operational',
      null,
    ],
    [
      'degraded',
      { warnings: ['latency'] },
      'operational',
      'warn Degraded for',
      'good All systems operational',
      null,
    ],
    ['up', {}, 'operational', 'good Operational for', 'good All systems operational', null],
    [
      'maintenance',
      { maintenance: true, planned: true },
      'maintenance',
      'calm Under maintenance for',
      'calm Under maintenance',
      null,
    ],
    [
      'down',
      { maintenance: true, verdict: 'down', incidentVerdict: 'down' },
      'major_outage',
      'bad Down for',
      'bad Major outage',
      'Web shop is down',
    ],
    [
      'paused',
      { paused: true, verdict: 'no_data' },
      'no_data',
      'calm Paused for',
      'calm Monitoring is paused',
      null,
    ],
  ];

test.each(TABLE)('a service that is %s: %j', (condition, facts, state, row, banner, incident) => {
  const shown = view([facts], state);
  const [monitor] = shown.monitors;
  expect(monitor!.condition).toBe(condition);
  const text = monitorText(monitor!);
  expect(`${text.tone} ${text.words} ${text.since}`).toBe(row);
  const headline = overallText(shown);
  expect(`${headline.tone} ${headline.words}`).toBe(banner);
  if (incident === null) return;
  const unknown = condition.startsWith('was_');
  const { incidentVerdict } = monitor!;
  expect(incidentTitle('Web shop', incidentVerdict!, incidentTense({ resolvedAt: null }, unknown))).toBe(
    incident,
  );
  // The colour of the row is that of the banner, and both know the same time.
  expect(text.tone).toBe(headline.tone);
  expect(headline.noDataSince).toBe(unknown ? monitor!.since : undefined);
});

describe('several services', () => {
  const detail = (services: readonly Facts[], state: StatusView['state']) =>
    overallText(view(services, state)).detail;

  test('half without data: the banner does not claim that the others are unknown too', () => {
    expect(detail([{}, NO_DATA], 'no_data')).toBe('1 of 2 services has no data. All others are operational.');
  });

  test('a new service beside others does not turn the banner to no data', () => {
    expect(detail([{}, { ...NO_DATA, neverChecked: true }], 'operational')).toBe(
      '1 of 2 services is new and not checked yet. All others are operational.',
    );
  });

  test('maintenance and missing data are both in the banner', () => {
    expect(detail([{ maintenance: true, planned: true }, NO_DATA, {}], 'maintenance')).toBe(
      '1 of 3 services is under maintenance. 1 of 3 services has no data. All others are operational.',
    );
  });

  test('an outage that began before its maintenance stays an outage, and its row says both', () => {
    const shown = view([
      { maintenance: true, verdict: 'down', incidentVerdict: 'down', failing: 6, passing: 0 },
    ]);
    expect(monitorText(shown.monitors[0]!)).toMatchObject({ words: 'Down', caveat: 'Under maintenance' });
  });
});

test('failing services come first, then names in their order: without case, numbers by value', () => {
  const listed = (name: string, condition: Condition = 'up') => ({ id: name.toLowerCase(), name, condition });
  const services = [
    listed('Zeta', 'was_down'),
    listed('alpha', 'partial'),
    listed('Web 10'),
    listed('web 2', 'no_data'),
    listed('Öl'),
    listed('apple'),
    listed('Banana'),
    listed('mail', 'down'),
    listed('Paused', 'paused'),
    listed('zebra'),
    listed('42'),
  ];
  for (const order of [services, services.toReversed()])
    expect(order.toSorted(inOrder).map(({ name }) => name)).toEqual([
      ...['mail', 'Zeta', 'alpha', '42', 'apple', 'Banana', 'Öl', 'Paused', 'web 2', 'Web 10', 'zebra'],
    ]);
});

test('services of the same name have the same order each time', () => {
  const twins = [
    { id: 'b', name: 'Web', condition: 'up' },
    { id: 'a', name: 'WEB', condition: 'up' },
  ] as const;
  expect(twins.toSorted(inOrder).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(
    twins
      .toReversed()
      .toSorted(inOrder)
      .map(({ id }) => id),
  ).toEqual(['a', 'b']);
});

test.each([
  ['up', {}, 'Reachable from 5 of 6 locations, 1 not counted'],
  ['degraded', { warnings: ['certificate'] }, ', reachable from 5 of 6 locations, 1 not counted'],
  ['down', { verdict: 'down', passing: 0, failing: 5 }, '5 of 6 locations failing, 1 not counted'],
] satisfies [Condition, Facts, string][])(
  'a service that is %s says how many locations are not counted, because a quarantined location reports',
  (condition, facts, note) => {
    const [monitor] = view([{ passing: 5, abstaining: 1, ...facts }]).monitors;
    expect({ ...monitorText(monitor!), condition: monitor!.condition }).toMatchObject({ condition, note });
  },
);
