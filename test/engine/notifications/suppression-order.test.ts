// Of several reasons that suppress a notification, the first one in the order of suppression.ts is the answer.
import { describe, expect, test } from 'vitest';
import type { MonitorState, OpenIncident, State, Window } from '../../../src/engine/model/state.ts';
import { type Subject, suppressionOf } from '../../../src/engine/notifications/suppression.ts';
import { evaluate } from '../../../src/engine/voting/evaluation.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

const AT = T0 + 3_000_000;
const world = new World(3, [{}, { dependsOn: [1] }]);
const outage: OpenIncident = { id: 'i', verdict: 'down', startedAt: AT - 2_000, detectedAt: AT - 1_000 };
const covers = (kind: Window['kind'], to: number): Window => ({ kind, monitors: 'all', spans: [[T0, to]] });
const warning = { since: T0, limit: 7, notifiedLimit: 7 };

/** Each reason by itself, as changes of the world in which monitor 2 has an incident and raised warnings. */
const REASONS = {
  maintenance: { windows: new Map([['m', covers('maintenance', AT + 1)]]) },
  silence: { windows: new Map([['s', covers('silence', AT + 2)]]) },
  down: { parent: { incident: outage } },
  confirming: { parent: { round: world.state.monitors.get(1)!.round } },
  recovered: { parent: {} },
  flapping: { own: { flapping: { id: 'f', since: T0 + 5 } } },
  paused: { own: { policy: policy({ dependsOn: [1], paused: true }) } },
  recently_sent: { own: { warnings: { degraded: warning, certificate: warning } } },
} as const satisfies Record<
  string,
  { windows?: State['windows']; parent?: Partial<MonitorState>; own?: Partial<MonitorState> }
>;

const ANSWERS = {
  maintenance: { by: 'maintenance', id: 'm', until: AT + 1 },
  silence: { by: 'silence', id: 's', until: AT + 2 },
  down: { by: 'dependency', state: 'down', monitor: 1 },
  confirming: { by: 'dependency', state: 'confirming', monitor: 1 },
  recovered: { by: 'dependency', state: 'recovered', monitor: 1 },
  flapping: { by: 'flapping', since: T0 + 5 },
  flappingWhileOpen: { by: 'flapping', since: T0 + 5, until: outage.detectedAt + 300_000 },
  paused: { by: 'paused' },
  not_up: { by: 'not_up', verdict: 'no_data' },
  recently_sent: { by: 'recently_sent', limit: 7 },
} as const;

/** An unrelated dependency that has long been down and up again inhibits nothing. */
const harmless: Partial<MonitorState> = { round: null, verdict: 'partial', verdictSince: T0 };

const up = { verdict: 'up', round: null, verdictSince: T0 } as const;

function answer(
  subject: Subject,
  reasons: readonly (keyof typeof REASONS)[],
  verdict: 'up' | 'no_data' = 'no_data',
): unknown {
  const parts: readonly {
    windows?: State['windows'];
    parent?: Partial<MonitorState>;
    own?: Partial<MonitorState>;
  }[] = reasons.map((reason) => REASONS[reason]);
  const parents = parts.flatMap((part) => (part.parent ? [{ ...up, ...part.parent }] : []));
  const parent: MonitorState = Object.assign({ ...world.state.monitors.get(1)!, ...harmless }, ...parents);
  const transitions = [{ at: T0, involvesDown: true, weight: 1 as const }];
  const child = { ...world.state.monitors.get(2)!, round: null, incident: outage, transitions };
  const own: MonitorState = Object.assign(child, ...parts.map((part) => part.own));
  const windows = new Map(parts.flatMap((part) => [...(part.windows ?? [])]));
  const monitors = new Map([
    [1, parent],
    [2, own],
  ]);
  return suppressionOf({ ...evaluate({ ...world.state, windows, monitors }, own, AT), verdict }, subject);
}

describe('suppressionOf', () => {
  test.each<[Subject, readonly (keyof typeof REASONS)[]]>([
    ['resolved', ['maintenance', 'silence']],
    ['flapping_ended', ['maintenance', 'silence']],
    ['no_data_resolved', ['maintenance', 'silence']],
    ['no_data', ['maintenance', 'silence', 'paused']],
    ['flapping', ['maintenance', 'silence', 'down', 'paused']],
    ['flapping', ['confirming', 'paused']],
    ['opened', ['maintenance', 'silence', 'down', 'flapping', 'paused']],
    ['opened', ['confirming', 'flapping', 'paused']],
    ['opened', ['recovered', 'flapping', 'paused']],
    ['next', ['maintenance', 'silence', 'down', 'flapping', 'paused']],
  ])('the reasons for %s, in order, are %j', (subject, reasons) => {
    reasons.forEach((reason, index) => {
      const wanted = subject === 'opened' && reason === 'flapping' ? 'flappingWhileOpen' : reason;
      expect(answer(subject, reasons.slice(index))).toEqual(ANSWERS[wanted]);
    });
    const others = (['flapping', 'paused', 'recently_sent'] as const).filter((one) => !reasons.includes(one));
    expect(answer(subject, others)).toBeNull();
  });

  test.each(['degraded', 'certificate'] as const)('the reasons for a %s warning have an order', (kind) => {
    const reasons = ['maintenance', 'silence', 'down', 'flapping', 'paused', 'recently_sent'] as const;
    reasons.slice(0, 5).forEach((reason, index) => {
      expect(answer(kind, reasons.slice(index))).toEqual(ANSWERS[reason]);
    });
    expect(answer(kind, ['recently_sent'])).toEqual(ANSWERS.not_up);
    expect(answer(kind, ['recently_sent'], 'up')).toEqual(ANSWERS.recently_sent);
    // A slow target may be on its way down with its dependency. A certificate expires in any case.
    expect(answer(kind, ['confirming'], 'up')).toEqual(kind === 'degraded' ? ANSWERS.confirming : null);
    expect(answer(kind, ['recovered'], 'up')).toBeNull();
  });
});
