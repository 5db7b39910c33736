// The text format of Prometheus, and the metrics of monitors. A real promtool reads them in test/system/lab.
import { describe, expect, test } from 'vitest';
import { exposition, tagLabels } from '../../../src/http/metrics/exposition.ts';
import { type MeasuredMonitor, monitorMetrics } from '../../../src/http/metrics/monitor-metrics.ts';
import { medianLatency } from '../../../src/http/newest-runs.ts';
import { HOSTILE } from '../../support/every-page-view.ts';
import { barsOf, NOW } from '../../support/page-view.ts';

const run = (location: string, milliseconds: number | null, isOk = true) => ({
  ...{ location, isOk, milliseconds, startedAt: NOW - 8_000 },
});

const monitor = (changes: {
  row?: Partial<MeasuredMonitor['row']>;
  status?: Partial<MeasuredMonitor['status']>;
  runs?: MeasuredMonitor['runs'];
  bars?: MeasuredMonitor['bars'];
}): MeasuredMonitor => ({
  row: {
    ...{ id: 'shop', name: 'Web shop', group: null, tags: {}, paused: false, number: 1 },
    ...changes.row,
  },
  status: {
    ...{ verdict: 'up', since: NOW - 60_000, lastGap: null, incidentId: null, incidentStartedAt: null },
    ...{ incidentVerdict: null, neverChecked: false, passing: 6, failing: 0, abstaining: 0 },
    ...{ flapping: false, warnings: [], maintenance: false },
    ...changes.status,
  },
  runs: changes.runs ?? [],
  bars: changes.bars ?? [],
  certificateEndsAt: null,
  heartbeat: null,
});

const lines = (...monitors: MeasuredMonitor[]): string[] =>
  exposition(monitorMetrics(monitors, NOW)).split('\n');
const samples = (name: string, ...monitors: MeasuredMonitor[]): string[] =>
  lines(...monitors).filter((line) => line.startsWith(`probemesh_${name}{`));

describe('the text format', () => {
  test('a hostile value is one value of one label on one line', () => {
    const [line, ...more] = samples(
      'monitor_info',
      monitor({ row: { name: `${HOSTILE}\n} 1`, tags: { team: 'a"b\\' } } }),
    );
    expect(more).toEqual([]);
    expect(line).toBe(
      `probemesh_monitor_info{monitor="shop",name="${HOSTILE.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}\\n} 1",group="",tag_team="a\\"b\\\\"} 1`,
    );
  });

  test('each family has one HELP and one TYPE before its samples, and the text ends with a line feed', () => {
    const text = exposition([
      { name: 'a', help: 'One\\two\nthree.', samples: [{ labels: {}, value: 0.5 }] },
      { name: 'empty', help: 'None.', samples: [] },
    ]);
    expect(text).toBe('# HELP a One\\\\two\\nthree.\n# TYPE a gauge\na 0.5\n');
  });

  test('tags become labels, and two that become the same stay two', () => {
    expect(tagLabels({ 'a.b': '1', a_b: '2', 'a-b': '3', name: '4', '9': '5' })).toEqual({
      ...{ tag_a_b: '3', tag_a_b_2: '1', tag_a_b_3: '2', tag_name: '4', tag_9: '5' },
    });
  });
});

describe('metrics of monitors', () => {
  test('without data a monitor has no `up` and no uptime, and its verdict says so', () => {
    const blind = monitor({ status: { verdict: 'no_data' } });
    expect(samples('monitor_up', blind)).toEqual([]);
    expect(samples('monitor_uptime_ratio', blind)).toEqual([]);
    expect(samples('monitor_verdict', blind).filter((line) => line.endsWith(' 1'))).toEqual([
      'probemesh_monitor_verdict{monitor="shop",verdict="no_data"} 1',
    ]);
    expect(samples('monitor_up', monitor({ row: { paused: true } }))).toEqual([]);
  });

  test('a partial outage is up, an outage is not', () => {
    const up = (verdict: 'up' | 'partial' | 'down') =>
      samples('monitor_up', monitor({ status: { verdict } }))[0];
    expect([up('up'), up('partial'), up('down')].map((line) => line?.at(-1))).toEqual(['1', '1', '0']);
  });

  test('the uptime is a ratio of the newest days, and durations and times are in seconds', () => {
    const one = monitor({ bars: barsOf({ 3: { down: 8_640_000 } }), runs: [run('aws:eu-central-1', 123)] });
    const ratio = Object.fromEntries(
      samples('monitor_uptime_ratio', one).map((line) => [
        /days="(\d+)"/.exec(line)![1],
        Number(line.split(' ')[1]),
      ]),
    );
    expect([ratio['1'], ratio['7'], ratio['30']! < 1]).toEqual([
      1,
      expect.closeTo(1 - 0.1 / (6 + 10 / 24), 6),
      true,
    ]);
    expect(samples('check_duration_seconds', one)).toEqual([
      'probemesh_check_duration_seconds{monitor="shop",location="aws:eu-central-1"} 0.123',
    ]);
    expect(samples('check_start_timestamp_seconds', one)[0]).toContain(` ${(NOW - 8_000) / 1000}`);
  });

  test('a failed run has no duration', () => {
    const failed = monitor({ runs: [run('aws:eu-central-1', null, false)] });
    expect(samples('check_duration_seconds', failed)).toEqual([]);
    expect(samples('check_success', failed)[0]).toMatch(/ 0$/);
  });

  test('a monitor has the same series whatever happens to it, but those of which there is no data', () => {
    const names = (one: MeasuredMonitor) => lines(one).filter((line) => !line.startsWith('#')).length;
    const runs = [run('a', 1), run('b', 2)];
    const all = { runs, bars: barsOf() };
    const up = names(monitor(all));
    expect(
      names(monitor({ ...all, status: { verdict: 'down', flapping: true, warnings: ['latency'] } })),
    ).toBe(up);
  });

  test('1,000 monitors at 6 locations are less than 4 MB', () => {
    const one = monitor({
      runs: ['a', 'b', 'c', 'd', 'e', 'f'].map((place) => run(`aws:eu-central-${place}`, 1)),
      bars: barsOf(),
    });
    const text = exposition(monitorMetrics(Array(1_000).fill(one), NOW));
    expect(text.length).toBeLessThan(4_000_000);
  });
});

test('the median of latencies ignores runs that failed', () => {
  expect(medianLatency([run('a', 10), run('b', null, false), run('c', 30), run('d', 20), run('e', 40)])).toBe(
    25,
  );
  expect(medianLatency([run('a', null)])).toBeNull();
});
