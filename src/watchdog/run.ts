// Owns one run of the watchdog: read the parameters and the coordinator at once, decide, report, alert, remember. A part that
// fails is logged and stops no other part. Does not contain rules: decide.ts does.
import { log } from '../log.ts';
import { afterSending, type Decision, decide, type Peer } from './decide.ts';
import { sendEmergency } from './emergency.ts';
import type { Observation } from './observation.ts';
import { readCoordinator, sendReport } from './read-coordinator.ts';
import { readSecrets, type WatchdogSecrets } from './secrets.ts';
import type { Parameters } from './ssm-state.ts';
import { NO_STATE, readState, type WatchdogState, writeState } from './state.ts';

export interface WatchdogSettings {
  /** Without a trailing slash. */
  readonly coordinatorUrl: string;
  readonly region: string;
  /** Null: the watchdog runs in one region. */
  readonly peerRegion: string | null;
  readonly isSecond: boolean;
  readonly stateParameter: string;
  readonly secretsParameter: string;
}

/** What a warm function keeps: it bridges an outage of SSM. */
export interface Memory {
  state: WatchdogState | null;
  secrets: WatchdogSecrets | null;
}

/** What the copy of the public pages needs to know of a run. */
export interface PageRun {
  readonly coordinatorUrl: string;
  readonly key: string;
  readonly isSilent: boolean;
  /** Ms since the epoch. Null: it answers. */
  readonly silentSince: number | null;
  readonly now: number;
}

export interface WatchdogDeps {
  readonly parameters: Parameters;
  readonly memory: Memory;
  readonly fetch: typeof fetch;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Copies the public pages. Undefined: no copy is kept. */
  readonly copyPages?: ((run: PageRun) => Promise<void>) | undefined;
}

export async function runWatchdog(settings: WatchdogSettings, deps: WatchdogDeps): Promise<void> {
  const { coordinatorUrl, isSecond } = settings;
  const [own, peer, secrets, first] = await Promise.all([
    ownState(settings, deps),
    peerState(settings, deps),
    currentSecrets(settings, deps),
    readCoordinator(coordinatorUrl, deps.fetch),
  ]);
  let observation: Observation = first;
  const decideAt = (canReadAgain: boolean): Decision =>
    decide({ observation, own, peer, isSecond, now: deps.now(), canReadAgain });
  let decision = decideAt(true);
  if (decision.readAgainAfterMs !== null) {
    await deps.sleep(decision.readAgainAfterMs);
    observation = await readCoordinator(coordinatorUrl, deps.fetch);
    decision = decideAt(false);
  }
  const [state] = await Promise.all([
    sendMessage(decision, secrets, settings, deps),
    report(decision, secrets, settings, deps),
  ]);
  deps.memory.state = state;
  await remember(state, settings, deps);
  await copyPages(decision, secrets, settings, deps);
}

/** The newer one of what SSM and this process remember. */
async function ownState(
  { region, stateParameter }: WatchdogSettings,
  { parameters, memory }: WatchdogDeps,
): Promise<WatchdogState | null> {
  try {
    const text = await parameters.read(region, stateParameter);
    const stored = text === null ? null : readState(text);
    // Before the first run there is none.
    if (text !== null && stored === null) log.warn('watchdog.state_unknown', { region });
    return (memory.state?.runAt ?? 0) > (stored?.runAt ?? 0) ? memory.state : stored;
  } catch (error) {
    log.error('watchdog.state_unreadable', { region, error });
    return memory.state;
  }
}

async function peerState(
  { peerRegion, stateParameter }: WatchdogSettings,
  { parameters }: WatchdogDeps,
): Promise<Peer> {
  if (peerRegion === null) return { kind: 'none' };
  try {
    const text = await parameters.read(peerRegion, stateParameter);
    // What no run has written yet is as old as can be.
    return { kind: 'read', state: (text === null ? null : readState(text)) ?? NO_STATE };
  } catch (error) {
    log.error('watchdog.peer_unreadable', { region: peerRegion, error });
    return { kind: 'unreadable' };
  }
}

/** Of this region, else of the other one, else the last ones that were read. */
async function currentSecrets(
  { region, peerRegion, secretsParameter }: WatchdogSettings,
  { parameters, memory }: WatchdogDeps,
): Promise<WatchdogSecrets | null> {
  for (const from of peerRegion === null ? [region] : [region, peerRegion]) {
    // What is known is good enough, and nothing is gained by waiting for another region.
    if (from !== region && memory.secrets !== null) break;
    try {
      const text = await parameters.read(from, secretsParameter);
      if (text === null) throw new Error(`The parameter ${secretsParameter} does not exist. Deploy again.`);
      memory.secrets = readSecrets(text);
      return memory.secrets;
    } catch (error) {
      log.error('watchdog.secrets_unreadable', { region: from, error });
    }
  }
  return memory.secrets;
}

/** The state after the message, if there is one. */
async function sendMessage(
  { state, message }: Decision,
  secrets: WatchdogSecrets | null,
  { coordinatorUrl, region }: WatchdogSettings,
  deps: WatchdogDeps,
): Promise<WatchdogState> {
  if (message === null) return state;
  const { event, alert } = message;
  log.error(`watchdog.${event}`, { id: alert.id, reason: alert.reason });
  const emergency = secrets?.emergency;
  // Null: the deployment has none. Undefined: the secrets cannot be read now, and the next run tries again.
  if (emergency === null) return afterSending(state, message, true, deps.now());
  if (emergency === undefined) return state;
  const { fetch } = deps;
  const wasSent = await sendEmergency(emergency, message, { coordinatorUrl, region, now: deps.now(), fetch });
  return afterSending(state, message, wasSent, deps.now());
}

async function report(
  { report: due }: Decision,
  secrets: WatchdogSecrets | null,
  { coordinatorUrl, region }: WatchdogSettings,
  deps: WatchdogDeps,
): Promise<void> {
  if (due === null || secrets === null) return;
  const { watchdogKey: key } = secrets;
  await sendReport({ coordinatorUrl, key, region, tick: due.tick, now: deps.now() }, deps.fetch);
}

async function remember(
  state: WatchdogState,
  { region, stateParameter }: WatchdogSettings,
  { parameters }: WatchdogDeps,
): Promise<void> {
  try {
    await parameters.write(region, stateParameter, writeState(state));
  } catch (error) {
    log.error('watchdog.state_unwritable', { region, error });
  }
}

/** The second region would write the same objects. */
async function copyPages(
  { state, isActing }: Decision,
  secrets: WatchdogSecrets | null,
  { coordinatorUrl }: WatchdogSettings,
  deps: WatchdogDeps,
): Promise<void> {
  if (deps.copyPages === undefined || secrets === null || !isActing) return;
  const { silentSince } = state;
  const { watchdogKey: key } = secrets;
  try {
    await deps.copyPages({
      ...{ coordinatorUrl, key, isSilent: silentSince !== null, silentSince },
      now: deps.now(),
    });
  } catch (error) {
    log.error('watchdog.pages_not_copied', { error });
  }
}
