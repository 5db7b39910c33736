// Calls the dead man's switch, while the mesh is healthy, and stores how the call ended. Never throws, and delays nothing: the tick
// does not wait for it. Does not decide whether the mesh is healthy.
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import type { Config } from '../../env.ts';
import { describeError, log } from '../../log.ts';
import {
  type DeadMansSwitchResult,
  findDeadMansSwitch,
  saveDeadMansSwitchResult,
} from '../../store/dead-mans-switch.ts';
import { DEAD_MANS_SWITCH_PLACE, unseal } from '../../store/encryption.ts';
import { VERSION } from '../../version.ts';
import type { HealthStatus } from '../health/mesh-health.ts';

/** Runs start five seconds into the minute: by then, the call has returned its connection, of which a Worker has six. */
const TIMEOUT_MS = 4_000;
/** Doubled ticks call once. */
const MIN_PAUSE_MS = 30_000;

interface DeadMansSwitchDeps
  extends Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey' | 'allowLoopback'> {
  now(): number;
  readonly fetch?: typeof fetch;
  /** Tests shorten it. */
  readonly timeoutMs?: number;
}

/** `status` null: it is unknown. */
export async function callDeadMansSwitch(
  deps: DeadMansSwitchDeps,
  status: HealthStatus | null,
): Promise<void> {
  try {
    if (status !== 'ok' && status !== 'idle') return;
    const { setting, result } = await findDeadMansSwitch(deps.db);
    const at = deps.now();
    if (setting === null || Math.abs(at - (result?.at ?? 0)) < MIN_PAUSE_MS) return;
    const outcome = await call(deps, setting.sealed, setting.host);
    const hasFailed = outcome.error !== null;
    await saveDeadMansSwitchResult(deps.db, {
      ...{ at, ...outcome },
      lastSuccessAt: hasFailed ? (result?.lastSuccessAt ?? null) : at,
      failingSince: hasFailed ? (result?.failingSince ?? at) : null,
    });
    if (hasFailed) log.warn('dead_mans_switch.failed', { error: outcome.error });
  } catch (error) {
    log.error('dead_mans_switch.bug', { error });
  }
}

type Outcome = Pick<DeadMansSwitchResult, 'status' | 'error'>;

/** Errors name the host alone: the path of the address is a password. */
async function call(deps: DeadMansSwitchDeps, sealed: string, host: string): Promise<Outcome> {
  const { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS } = deps;
  let url: string;
  try {
    url = await unseal<string>(deps, DEAD_MANS_SWITCH_PLACE, sealed);
  } catch (error) {
    return { status: null, error: describeError(error) };
  }
  const refused = validateReceiverUrl(url, deps);
  if (refused !== null) return { status: null, error: `not called: ${refused}` };
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { 'user-agent': `probemesh/${VERSION}` };
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    await response.body?.cancel().catch(() => undefined);
    const { status, ok } = response;
    return { status, error: ok ? null : `${host} responded ${status}` };
  } catch {
    const text = signal.aborted
      ? `${host} did not respond within ${timeoutMs / 1000} s`
      : `${host} could not be reached`;
    return { status: null, error: text };
  }
}
