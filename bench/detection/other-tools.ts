// Owns the alert rules of other tools, re-implemented from their documentation, each at one plausible setting.
// Does not measure the products themselves.
import { draw } from '../../scripts/simulate/random.ts';
import { Alarm, count, LOCATIONS, type Rule, run, runAll, type World } from './rule.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** One location: down after `failures` in a row, up after `successes` in a row. `retryMs` applies during a streak. */
function oneLocation(
  docs: Omit<Rule, 'run'>,
  {
    intervalMs,
    retryMs = intervalMs,
    failures = 1,
    successes = 1,
  }: {
    intervalMs: number;
    retryMs?: number;
    failures?: number;
    successes?: number;
  },
): Rule {
  return {
    ...docs,
    run(world) {
      const alarm = new Alarm();
      let streak = 0;
      for (let at = 0; at < world.durationMs; ) {
        const result = run(world, 0, at);
        const contradicts = result.failed !== alarm.isOpen;
        streak = contradicts ? streak + 1 : 0;
        if (streak >= (result.failed ? failures : successes)) {
          alarm.update(result.failed, result.at);
          streak = 0;
        }
        at = Math.max(result.at, at + (streak > 0 ? retryMs : intervalMs));
      }
      return alarm.alerts;
    },
  };
}

/** Several locations check at the same time. The function that `createRule` returns decides whether it is an outage. */
function simultaneous(
  docs: Omit<Rule, 'run'>,
  intervalMs: number,
  locations: number,
  createRule: () => (failed: readonly boolean[], isOpen: boolean) => boolean,
): Rule {
  return {
    ...docs,
    run(world) {
      const alarm = new Alarm();
      const isOutage = createRule();
      for (let at = 0; at < world.durationMs; at += intervalMs) {
        const results = runAll(world, locations, at);
        alarm.update(isOutage(results.failed, alarm.isOpen), results.at);
      }
      return alarm.alerts;
    },
  };
}

/** `k` locations fail, each `times` times in a row. */
const consecutive = (k: number, times: number) => () => {
  const streaks = Array<number>(LOCATIONS).fill(0);
  return (failed: readonly boolean[]): boolean => {
    for (const [index, hasFailed] of failed.entries()) streaks[index] = hasFailed ? streaks[index]! + 1 : 0;
    return streaks.filter((streak) => streak >= times).length >= k;
  };
};

/** Locations take turns. Other locations confirm a failure at once, before it raises an alert. */
function confirmedElsewhere(docs: Omit<Rule, 'run'>, others: number, intervalMs = MINUTE): Rule {
  const pick = (world: World, at: number, turn: number): number =>
    Math.floor(draw(world.seed, 77, turn, at) * LOCATIONS);
  return {
    ...docs,
    run(world) {
      const alarm = new Alarm();
      for (let at = 0; at < world.durationMs; at += intervalMs) {
        const first = pick(world, at, 0);
        let result = run(world, first, at);
        let confirmed = true;
        const used = new Set([first]);
        for (let turn = 1; result.failed && confirmed && used.size <= others; turn += 1) {
          const next = pick(world, at, turn);
          if (used.has(next)) continue;
          used.add(next);
          const again = run(world, next, Math.ceil(result.at));
          confirmed = again.failed;
          result = { failed: true, at: again.at };
        }
        alarm.update(result.failed && confirmed, result.at);
      }
      return alarm.alerts;
    },
  };
}

const updown: Rule = {
  name: 'updown.io',
  setting: 'every minute; down after 3 failures half an interval apart, one from another location',
  source: 'updown.io/doc/faq',
  run(world) {
    const alarm = new Alarm();
    let turn = 0;
    for (let at = 0; at < world.durationMs; turn += 1) {
      const location = turn % LOCATIONS;
      let result = run(world, location, at);
      let failures = result.failed ? 1 : 0;
      let last = at;
      while (failures > 0 && failures < 3 && !alarm.isOpen) {
        last = Math.max(last + MINUTE / 2, Math.ceil(result.at));
        result = run(world, failures === 1 ? (location + 1) % LOCATIONS : location, last);
        failures = result.failed ? failures + 1 : 0;
      }
      if (failures === 0 || failures === 3) alarm.update(failures === 3, result.at);
      at = last + MINUTE;
    }
    return alarm.alerts;
  },
};

/** The share of healthy runs of the last minutes, evaluated every minute. */
function shareOver(docs: Omit<Rule, 'run'>, minutes: number, healthyShare: number): Rule {
  return simultaneous(docs, MINUTE, LOCATIONS, () => {
    const window: number[] = [];
    return (failed) => {
      window.push(count(failed));
      if (window.length > minutes) window.shift();
      const failures = window.reduce((sum, failing) => sum + failing, 0);
      return 1 - failures / (window.length * LOCATIONS) < healthyShare;
    };
  });
}

const everyMinute = '6 locations at once, every minute';

export const OTHER_TOOLS: readonly Rule[] = [
  oneLocation(
    { name: 'one location, one failure', setting: 'every minute', source: 'the naive rule' },
    { intervalMs: MINUTE },
  ),
  oneLocation(
    {
      name: 'Nagios',
      setting: 'one location, every 5 minutes; 4 attempts a minute apart',
      source: 'assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/statetypes.html',
    },
    { intervalMs: 5 * MINUTE, retryMs: MINUTE, failures: 4 },
  ),
  oneLocation(
    {
      name: 'Uptime Kuma',
      setting: 'one location, every minute; 1 retry after a minute',
      source: 'github.com/louislam/uptime-kuma',
    },
    { intervalMs: MINUTE, failures: 2 },
  ),
  oneLocation(
    {
      name: 'Gatus',
      setting: 'one location, every minute; failure-threshold 3, success-threshold 2',
      source: 'github.com/TwiN/gatus#alerting',
    },
    { intervalMs: MINUTE, failures: 3, successes: 2 },
  ),
  simultaneous(
    {
      name: 'openstatus',
      setting: `${everyMinute}; half of the latest results fail`,
      source: 'docs.openstatus.dev',
    },
    MINUTE,
    LOCATIONS,
    () => (failed) => 2 * count(failed) >= LOCATIONS,
  ),
  simultaneous(
    {
      name: 'Better Stack',
      setting: '4 locations at once, every 30 s; 3 of 4 fail',
      source: 'betterstack.com/docs/uptime/uptime-monitor',
    },
    30 * SECOND,
    4,
    () => (failed) => count(failed) >= 3,
  ),
  simultaneous(
    {
      name: 'Route 53',
      setting: '6 checkers every 30 s, each 3 in a row; down if at most 18 % report it healthy',
      source:
        'docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html',
    },
    30 * SECOND,
    LOCATIONS,
    () => {
      const healthy = Array<boolean>(LOCATIONS).fill(true);
      const streaks = Array<number>(LOCATIONS).fill(0);
      return (failed) => {
        for (const [index, hasFailed] of failed.entries()) {
          streaks[index] = hasFailed === healthy[index] ? streaks[index]! + 1 : 0;
          if (streaks[index]! < 3) continue;
          healthy[index] = !hasFailed;
          streaks[index] = 0;
        }
        return count(healthy) / LOCATIONS <= 0.18;
      };
    },
  ),
  confirmedElsewhere(
    {
      name: 'Pingdom',
      setting: 'every minute, locations in turn; one other location confirms at once',
      source: 'documentation.solarwinds.com/en/success_center/pingdom',
    },
    1,
  ),
  confirmedElsewhere(
    {
      name: 'UptimeRobot',
      setting: 'every minute from one location; 3 other locations confirm',
      source: 'uptimerobot.com/help',
    },
    3,
  ),
  updown,
  simultaneous(
    {
      name: 'Google Cloud',
      setting: `${everyMinute}; more than one region fails for a minute`,
      source: 'cloud.google.com/monitoring/uptime-checks/uptime-alerting-policies',
    },
    MINUTE,
    LOCATIONS,
    () => {
      let before = false;
      return (failed) => {
        const now = count(failed) > 1;
        const both = now && before;
        before = now;
        return both;
      };
    },
  ),
  simultaneous(
    {
      name: 'Azure Monitor',
      setting: '5 locations at once, every 5 minutes; 3 of 5 fail',
      source: 'learn.microsoft.com/azure/azure-monitor/app/availability-alerts',
    },
    5 * MINUTE,
    5,
    () => (failed) => count(failed) >= 3,
  ),
  shareOver(
    {
      name: 'Grafana Synthetic Monitoring',
      setting: `${everyMinute}; less than 90 % success over 5 minutes`,
      source: 'grafana.com/docs/grafana-cloud/testing/synthetic-monitoring',
    },
    5,
    0.9,
  ),
  simultaneous(
    { name: '2 of 6, twice in a row', setting: everyMinute, source: 'the usual quorum rule' },
    MINUTE,
    LOCATIONS,
    consecutive(2, 2),
  ),
  simultaneous(
    { name: '3 of 6, twice in a row', setting: everyMinute, source: 'the usual quorum rule' },
    MINUTE,
    LOCATIONS,
    consecutive(3, 2),
  ),
];
