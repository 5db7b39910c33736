// The alert rules of other tools, each at one plausible setting, re-implemented from their documentation.
import { draw } from '../../scripts/simulate/random.ts';
import { Alarm, count, LOCATIONS, type Rule, run, runAll, type World } from './rule.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

/** One location: down after so many failures in a row, up after so many successes; `retryMs` while undecided. */
function oneLocation(
  about: Omit<Rule, 'run'>,
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
    ...about,
    run(world) {
      const alarm = new Alarm();
      let streak = 0;
      for (let at = 0; at < world.durationMs; ) {
        const seen = run(world, 0, at);
        const contradicts = seen.failed !== alarm.isOpen;
        streak = contradicts ? streak + 1 : 0;
        if (streak >= (seen.failed ? failures : successes)) {
          alarm.say(seen.failed, seen.at);
          streak = 0;
        }
        at = Math.max(seen.at, at + (streak > 0 ? retryMs : intervalMs));
      }
      return alarm.alerts;
    },
  };
}

/** Several locations look at once; `judge` says whether that is an outage. */
function together(
  about: Omit<Rule, 'run'>,
  intervalMs: number,
  locations: number,
  judge: () => (failed: readonly boolean[], isOpen: boolean) => boolean,
): Rule {
  return {
    ...about,
    run(world) {
      const alarm = new Alarm();
      const isOutage = judge();
      for (let at = 0; at < world.durationMs; at += intervalMs) {
        const seen = runAll(world, locations, at);
        alarm.say(isOutage(seen.failed, alarm.isOpen), seen.at);
      }
      return alarm.alerts;
    },
  };
}

/** k of n locations, each so many times in a row. */
const consecutive = (k: number, times: number) => () => {
  const streaks = Array<number>(LOCATIONS).fill(0);
  return (failed: readonly boolean[]): boolean => {
    for (const [index, one] of failed.entries()) streaks[index] = one ? streaks[index]! + 1 : 0;
    return streaks.filter((streak) => streak >= times).length >= k;
  };
};

/** One location in turn; a failure is confirmed elsewhere, at once, before anybody hears of it. */
function confirmedElsewhere(about: Omit<Rule, 'run'>, others: number, intervalMs = MINUTE): Rule {
  const pick = (world: World, at: number, turn: number): number =>
    Math.floor(draw(world.seed, 77, turn, at) * LOCATIONS);
  return {
    ...about,
    run(world) {
      const alarm = new Alarm();
      for (let at = 0; at < world.durationMs; at += intervalMs) {
        const first = pick(world, at, 0);
        let seen = run(world, first, at);
        let agreed = true;
        const asked = new Set([first]);
        for (let turn = 1; seen.failed && agreed && asked.size <= others; turn += 1) {
          const next = pick(world, at, turn);
          if (asked.has(next)) continue;
          asked.add(next);
          const again = run(world, next, Math.ceil(seen.at));
          agreed = again.failed;
          seen = { failed: true, at: again.at };
        }
        alarm.say(seen.failed && agreed, seen.at);
      }
      return alarm.alerts;
    },
  };
}

const updown: Rule = {
  name: 'updown.io',
  setting: 'every minute; down after 3 failures half an interval apart, one of them from elsewhere',
  source: 'updown.io/doc/faq',
  run(world) {
    const alarm = new Alarm();
    let turn = 0;
    for (let at = 0; at < world.durationMs; turn += 1) {
      const location = turn % LOCATIONS;
      let seen = run(world, location, at);
      let failures = seen.failed ? 1 : 0;
      let last = at;
      while (failures > 0 && failures < 3 && !alarm.isOpen) {
        last = Math.max(last + MINUTE / 2, Math.ceil(seen.at));
        seen = run(world, failures === 1 ? (location + 1) % LOCATIONS : location, last);
        failures = seen.failed ? failures + 1 : 0;
      }
      if (failures === 0 || failures === 3) alarm.say(failures === 3, seen.at);
      at = last + MINUTE;
    }
    return alarm.alerts;
  },
};

/** A share of all looks of the last minutes, asked every minute. */
function shareOver(about: Omit<Rule, 'run'>, minutes: number, healthyShare: number): Rule {
  return together(about, MINUTE, LOCATIONS, () => {
    const window: number[] = [];
    return (failed) => {
      window.push(count(failed));
      if (window.length > minutes) window.shift();
      const failures = window.reduce((sum, one) => sum + one, 0);
      return 1 - failures / (window.length * LOCATIONS) < healthyShare;
    };
  });
}

const everyMinute = '6 locations at once, every minute';

export const PEERS: readonly Rule[] = [
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
  together(
    {
      name: 'openstatus',
      setting: `${everyMinute}; half of the newest fail`,
      source: 'docs.openstatus.dev',
    },
    MINUTE,
    LOCATIONS,
    () => (failed) => 2 * count(failed) >= LOCATIONS,
  ),
  together(
    {
      name: 'Better Stack',
      setting: '4 locations at once, every 30 s; 3 of 4 fail',
      source: 'betterstack.com/docs/uptime/uptime-monitor',
    },
    30 * SECOND,
    4,
    () => (failed) => count(failed) >= 3,
  ),
  together(
    {
      name: 'Route 53',
      setting: '6 checkers every 30 s, each 3 in a row; down when at most 18 % call it healthy',
      source:
        'docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html',
    },
    30 * SECOND,
    LOCATIONS,
    () => {
      const healthy = Array<boolean>(LOCATIONS).fill(true);
      const streaks = Array<number>(LOCATIONS).fill(0);
      return (failed) => {
        for (const [index, one] of failed.entries()) {
          streaks[index] = one === healthy[index] ? streaks[index]! + 1 : 0;
          if (streaks[index]! < 3) continue;
          healthy[index] = !one;
          streaks[index] = 0;
        }
        return count(healthy) / LOCATIONS <= 0.18;
      };
    },
  ),
  confirmedElsewhere(
    {
      name: 'Pingdom',
      setting: 'every minute from one location in turn; a second opinion at once',
      source: 'documentation.solarwinds.com/en/success_center/pingdom',
    },
    1,
  ),
  confirmedElsewhere(
    {
      name: 'UptimeRobot',
      setting: 'every minute from one location; 3 others all fail as well',
      source: 'uptimerobot.com/help',
    },
    3,
  ),
  updown,
  together(
    {
      name: 'Google Cloud',
      setting: `${everyMinute}; more than one region for a minute`,
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
  together(
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
      setting: `${everyMinute}; under 90 % good over 5 minutes`,
      source: 'grafana.com/docs/grafana-cloud/testing/synthetic-monitoring',
    },
    5,
    0.9,
  ),
  together(
    { name: '2 of 6, twice in a row', setting: everyMinute, source: 'the usual quorum rule' },
    MINUTE,
    LOCATIONS,
    consecutive(2, 2),
  ),
  together(
    { name: '3 of 6, twice in a row', setting: everyMinute, source: 'the usual quorum rule' },
    MINUTE,
    LOCATIONS,
    consecutive(3, 2),
  ),
];
