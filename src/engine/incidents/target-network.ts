// Owns which network a target is on: what most of its locations report, else its host. Targets on one network usually
// fail together. No single location decides it, unless it is the monitor's only one.

import { DAY_MS } from '../model/policy.ts';
import type { LocationStatus, MonitorState } from '../model/state.ts';

/**
 * Whether a location's reported network replaces the one that it reported before: with its first measurement of a UTC
 * day at most. A target whose address rotates has another network in every run.
 */
export function acceptsNetwork(
  { network, lastMeasuredAt }: Pick<LocationStatus, 'network' | 'lastMeasuredAt'>,
  reported: { readonly network?: string; readonly outcome: string; readonly startedAt: number },
): boolean {
  if (reported.network === undefined || reported.outcome === 'unmeasured') return false;
  if (network === null) return true;
  const isFirstOfDay = lastMeasuredAt !== null && dayOf(lastMeasuredAt) < dayOf(reported.startedAt);
  return isFirstOfDay && network !== reported.network;
}

const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** The network that more than half of the monitor's locations report; null if none. */
export function majorityNetwork(byLocation: MonitorState['byLocation']): string | null {
  const counts = new Map<string, number>();
  for (const { network } of byLocation.values()) {
    if (network === null) continue;
    const count = (counts.get(network) ?? 0) + 1;
    if (2 * count > byLocation.size) return network;
    counts.set(network, count);
  }
  return null;
}

/** The monitor after a location has reported its target's network. */
export function withReportedNetwork(monitor: MonitorState, location: number, network: string): MonitorState {
  const status = monitor.byLocation.get(location);
  if (!status) return monitor;
  const byLocation = new Map(monitor.byLocation).set(location, { ...status, network });
  return { ...monitor, byLocation, network: majorityNetwork(byLocation) };
}

/** Equal for targets on one network; null if it is not known. */
export const networkKey = ({ network, hostHash }: MonitorState): number | null =>
  network === null ? hostHash : hashText(network);

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits: the state of a shard keeps no text of every host. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}
