// Owns the changes of an entry as JSON, and back. Monitors share few policies, so a row holds each policy once.
import type { Change } from '../../engine/model/journal.ts';
import { checkChange } from '../stored-schemas.ts';

/** If `policies` exists, each policy of a change is a position in it. */
interface StoredChanges {
  readonly changes: readonly unknown[];
  readonly policies?: readonly unknown[];
}

type Stored = Record<string, unknown>;

export function encodeChanges(changes: readonly Change[]): StoredChanges {
  if (changes.length < 2) return { changes };
  const positions = new Map<string, number>();
  const policies: unknown[] = [];
  const positionOf = (policy: unknown): number => {
    const text = JSON.stringify(policy);
    const position = positions.get(text) ?? policies.push(policy) - 1;
    positions.set(text, position);
    return position;
  };
  const stored = changes.map((change) => {
    if ('policy' in change) return { ...change, policy: positionOf(change.policy) };
    if ('monitor' in change)
      return { ...change, monitor: { ...change.monitor, policy: positionOf(change.monitor.policy) } };
    return change;
  });
  return policies.length === 0 ? { changes } : { changes: stored, policies };
}

/** Throws if a change is not valid. */
export function decodeChanges(detail: unknown): Change[] {
  const { changes, policies } = (detail ?? {}) as Partial<StoredChanges>;
  if (!Array.isArray(changes)) throw new Error('`detail.changes` is not a list');
  if (policies !== undefined && !Array.isArray(policies)) throw new Error('`detail.policies` is not a list');
  const known = policies as readonly unknown[] | undefined;
  const withPolicy = (value: Stored): Stored =>
    typeof value.policy === 'number' ? { ...value, policy: known?.[value.policy] } : value;
  return changes.map((stored: unknown, index) => {
    const change = (
      known && typeof stored === 'object' && stored !== null ? withPolicy(stored as Stored) : stored
    ) as Stored;
    const { monitor } = (change ?? {}) as Stored;
    const isRebuilt = known && typeof monitor === 'object' && monitor !== null;
    return checkChange(
      isRebuilt ? { ...change, monitor: withPolicy(monitor as Stored) } : change,
      `detail.changes.${index}`,
    );
  });
}
