// Owns the types of checks as lists of monitors name them. Pure.
import { isHeartbeat } from '../../../heartbeats/check.ts';

/** `TCP`, `Heartbeat`. */
export const typeText = (type: string): string =>
  isHeartbeat({ type }) ? 'Heartbeat' : type === 'script' ? 'Script' : type.toUpperCase();
