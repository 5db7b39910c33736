// Owns what monitors cost elsewhere, at published prices: each from a dated source, or null without one. Pure.

/** Monitors of https addresses, every 60 s, from at least as many places as the plan gives. */
export interface OtherService {
  readonly name: string;
  readonly source: string;
  readonly date: string;
  /** What the price is for. */
  readonly note: string;
  /** Dollars a month, billed monthly. Null: no dated price. */
  dollars(monitors: number): number | null;
}

const ROUTE_53 = { nonAwsEndpoint: 0.75, https: 2 };
const CHECKLY_TEAM = { base: 80, included: 75, block: 25, blockPrice: 10, most: 525 };
const BETTER_STACK = { free: 10, responder: 34, block: 50, blockPrice: 25 };
const UPTIME_ROBOT_SOLO = { dollars: 10, monitors: 10 };

export const OTHER_SERVICES: readonly OtherService[] = [
  {
    name: 'Route 53',
    source: 'https://aws.amazon.com/route53/pricing/',
    date: '2026-09-20',
    note: 'health checks of endpoints outside AWS with HTTPS, every 30 s. More than 200 need a quota.',
    dollars: (monitors) => monitors * (ROUTE_53.nonAwsEndpoint + ROUTE_53.https),
  },
  {
    name: 'Checkly',
    source: 'https://www.checklyhq.com/pricing.md',
    date: '2026-08-29',
    note: 'URL monitors of the plan Team, one place at a time. More than 525 are priced on request.',
    dollars: (monitors) =>
      monitors > CHECKLY_TEAM.most
        ? null
        : CHECKLY_TEAM.base +
          Math.ceil(Math.max(0, monitors - CHECKLY_TEAM.included) / CHECKLY_TEAM.block) *
            CHECKLY_TEAM.blockPrice,
  },
  {
    name: 'Better Stack',
    source: 'https://betterstack.com/pricing',
    date: '2026-06-12',
    note: 'one responder and packs of 50 monitors. Ten monitors are free.',
    dollars: (monitors) =>
      monitors <= BETTER_STACK.free
        ? 0
        : BETTER_STACK.responder +
          Math.ceil((monitors - BETTER_STACK.free) / BETTER_STACK.block) * BETTER_STACK.blockPrice,
  },
  {
    name: 'UptimeRobot',
    source: 'https://uptimerobot.com/pricing/',
    date: '2026-09',
    note: 'the plan Solo with 10 monitors. Larger plans: no dated price.',
    dollars: (monitors) => (monitors <= UPTIME_ROBOT_SOLO.monitors ? UPTIME_ROBOT_SOLO.dollars : null),
  },
];
