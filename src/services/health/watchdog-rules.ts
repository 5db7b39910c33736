// Owns the rule about the watchdog outside Cloudflare: each of its regions reports once a minute. Pure. A silent watchdog does
// not stop monitoring.
import { duration } from './figures.ts';
import type { Rule } from './rule.ts';

const SILENT_MS = 300_000;

export const WATCHDOG_RULES = {
  watchdog_silent: {
    words: 'The monitoring system is not watched from outside.',
    stops: false,
    find({ facts, watchdogRegions }, now) {
      const silent = (facts.watchdogs ?? []).flatMap(({ region, reportedAt, expectedSince }) => {
        const since = reportedAt ?? expectedSince;
        if (!watchdogRegions.includes(region) || now - since < SILENT_MS) return [];
        const age = duration(now - since);
        return [
          { since, text: reportedAt === null ? `${region} (never, for ${age})` : `${region} (${age} ago)` },
        ];
      });
      if (silent.length === 0) return null;
      const list = silent.map(({ text }) => text).join(', ');
      return {
        since: Math.min(...silent.map(({ since }) => since)) + SILENT_MS,
        detail: `The watchdog did not report for more than ${duration(SILENT_MS)}. Newest reports: ${list}. Check its schedule, its log, and that WATCHDOG_KEY is the same on both sides.`,
      };
    },
  },
} satisfies Record<string, Rule>;
