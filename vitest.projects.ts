// Owns which test file belongs to which project of vitest: by its folder, and by its name for the Worker's runtime.
// Does not configure the projects: vitest.config.ts does.

interface TestFiles {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Tests that run in workerd, with D1. They stand beside those that run in Node. */
const WORKER = ['test/**/*.worker.test.{ts,tsx}'];

const SLOW = {
  start: ['test/system/start/**/*.test.ts'],
  browser: ['test/system/browser/**/*.test.ts'],
  lab: ['test/system/lab/**/*.test.ts'],
  chaos: ['test/system/chaos/**/*.test.ts'],
};

/** Files that only `npm run test:full` runs, because they are slow. Quick tests of the same kinds are beside each. */
export const ONLY_FULL: readonly string[] = [
  'test/delivery/channel-health.worker.test.ts',
  'test/delivery/gathered.worker.test.ts',
  'test/delivery/killed.worker.test.ts',
  'test/delivery/mailings/killed.worker.test.ts',
  'test/delivery/mailings/mailing-run.worker.test.ts',
  'test/delivery/order-and-pace.worker.test.ts',
  'test/delivery/random-sequences.worker.test.ts',
  'test/delivery/storm.worker.test.ts',
  'test/delivery/torture-storm.worker.test.ts',
  'test/delivery/torture.worker.test.ts',
  'test/engine/clock-correction.test.ts',
  'test/engine/incidents/lost-parts.test.ts',
  'test/engine/incidents/split-reports.test.ts',
  'test/engine/notifications/flapping-hides-nothing.test.ts',
  'test/heartbeats/hostile.worker.test.ts',
  'test/heartbeats/notified.worker.test.ts',
  'test/history/brute-force.test.ts',
  'test/history/budgets.worker.test.ts',
  'test/history/killed.worker.test.ts',
  'test/history/long-tail.worker.test.ts',
  'test/history/queue.worker.test.ts',
  'test/history/retention.worker.test.ts',
  'test/history/upgrade.worker.test.ts',
  'test/http/access/every-role.worker.test.ts',
  'test/http/access/path-tricks.worker.test.ts',
  'test/http/api/api-keys.worker.test.ts',
  'test/http/api/check-runs.worker.test.ts',
  'test/http/api/deliveries.worker.test.ts',
  'test/http/api/health.worker.test.ts',
  'test/http/api/history.worker.test.ts',
  'test/http/api/identity-providers.worker.test.ts',
  'test/http/api/if-match.worker.test.ts',
  'test/http/api/monitor-bulk.worker.test.ts',
  'test/http/api/monitor-filters.worker.test.ts',
  'test/http/api/public-incidents.worker.test.ts',
  'test/http/api/restricted-channels.worker.test.ts',
  'test/http/api/status-pages.worker.test.ts',
  'test/http/api/warnings.worker.test.ts',
  'test/http/api/windows.worker.test.ts',
  'test/http/clock.worker.test.ts',
  'test/http/dashboard/attacks.worker.test.ts',
  'test/http/dashboard/monitors/bulk-pages.worker.test.ts',
  'test/http/dashboard/status-pages/readers-words.worker.test.ts',
  'test/http/dashboard/unreasonable-input.worker.test.ts',
  'test/http/ecosystem.worker.test.ts',
  'test/http/pages/access.worker.test.ts',
  'test/http/pages/subscribe.worker.test.ts',
  'test/http/problems.worker.test.ts',
  'test/http/public-cache.worker.test.ts',
  'test/http/query-parameters.worker.test.ts',
  'test/http/status-page/headline.worker.test.ts',
  'test/http/status-page/listing.worker.test.ts',
  'test/http/status-page/load-page.worker.test.ts',
  'test/http/status-page/status-page.worker.test.ts',
  'test/probes/runner/canary-rounds.test.ts',
  'test/probes/runner/many-runs.test.ts',
  'test/routing/calendar-ten-years.test.ts',
  'test/scheduler/cron-stops.worker.test.ts',
  'test/scheduler/prune.worker.test.ts',
  'test/scheduler/reseal.worker.test.ts',
  'test/scheduler/statements.worker.test.ts',
  'test/scripts/deploy/aws/access-key.test.ts',
  'test/scripts/deploy/aws/killed.test.ts',
  'test/scripts/deploy/aws/refused.test.ts',
  'test/scripts/deploy/aws/remove.test.ts',
  'test/scripts/deploy/aws/sign-requests.test.ts',
  'test/scripts/deploy/aws/watchdog-bundle.test.ts',
  'test/scripts/deploy/cli/converge.test.ts',
  'test/scripts/deploy/cli/deploy.test.ts',
  'test/scripts/deploy/cli/sign-requests.test.ts',
  'test/scripts/deploy/cloudflare/cloudflare-steps.test.ts',
  'test/scripts/deploy/cloudflare/real-wrangler.test.ts',
  'test/scripts/simulate/clock.test.ts',
  'test/scripts/simulate/simulation.test.ts',
  'test/scripts/start/watchdog.test.ts',
  'test/services/audit/parallel-writes.worker.test.ts',
  'test/services/backup/restore.worker.test.ts',
  'test/services/backup/round-trip.worker.test.ts',
  'test/services/backup/under-ticks.worker.test.ts',
  'test/services/channels/enabling.worker.test.ts',
  'test/services/monitors/visibility.worker.test.ts',
  'test/services/public-incidents/follow-outages.worker.test.ts',
  'test/services/sign-in/cloudflare-access.worker.test.ts',
  'test/store/damage.worker.test.ts',
  'test/store/large-rows.worker.test.ts',
  'test/store/long-journal.worker.test.ts',
  'test/store/lost-rows.worker.test.ts',
  'test/store/monitor-states.worker.test.ts',
  'test/store/one-monitor.worker.test.ts',
  'test/store/row-budgets.worker.test.ts',
  'test/store/rows-read.worker.test.ts',
  'test/store/snapshot/parts.test.ts',
  'test/store/snapshot/size.test.ts',
  'test/system/sign-in/oidc-failures.test.ts',
  'test/system/sign-in/oidc-tokens.test.ts',
  'test/system/start/dev.test.ts',
  'test/watchdog/ssm-state.test.ts',
];

/** Tests that start servers, sockets or processes on loopback. */
const PROBES = [
  'test/{probes,conformance}/**/*.test.ts',
  'test/fleet/{fleet,large-jobs}.test.ts',
  'test/scripts/{check-target,local-lambda/*,local-aws/*}.test.ts',
];

const inNode = (include: readonly string[]): TestFiles => ({ include, exclude: WORKER });

/** `unit` takes what no other project does, so that a test in a new folder always runs. */
export const PROJECTS = {
  unit: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [...WORKER, ...PROBES, ...Object.values(SLOW).flat()],
  },
  worker: { include: WORKER, exclude: [] },
  probes: inNode(PROBES),
  start: inNode(SLOW.start),
  browser: inNode(SLOW.browser),
  lab: inNode(SLOW.lab),
  chaos: inNode(SLOW.chaos),
} satisfies Record<string, TestFiles>;
