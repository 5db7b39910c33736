// Owns what a decision returns: the new value, the notifications to send and the incidents to store.
import type { IncidentRecord, Notification } from './notification.ts';

export interface Effects<T> {
  readonly value: T;
  readonly notifications: readonly Notification[];
  /** Stored whether a notification is sent or not. */
  readonly records: readonly IncidentRecord[];
}

const NO_NOTIFICATIONS: readonly Notification[] = [];
const NO_RECORDS: readonly IncidentRecord[] = [];

/** Nothing to send and nothing to store. */
export const unchanged = <T>(value: T): Effects<T> => ({
  value,
  notifications: NO_NOTIFICATIONS,
  records: NO_RECORDS,
});

/** Decides on what an earlier decision returned; both decisions' effects remain, in order. */
export function chain<A, B>(before: Effects<A>, decide: (value: A) => Effects<B>): Effects<B> {
  const after = decide(before.value);
  if (before.notifications.length === 0 && before.records.length === 0) return after;
  return {
    value: after.value,
    notifications: [...before.notifications, ...after.notifications],
    records: [...before.records, ...after.records],
  };
}
