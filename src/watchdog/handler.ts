// The entry point on Lambda: `watchdog.handler`. Owns reading the environment, and what a warm function keeps.
// Does not contain rules.
import { setTimeout as sleep } from 'node:timers/promises';
import { pageCopier } from './page-copy/page-copier.ts';
import { type Memory, runWatchdog, type WatchdogSettings } from './run.ts';
import { ssmParameters } from './ssm-state.ts';

const memory: Memory = { state: null, secrets: null };
const parameters = ssmParameters();
const copyPages = pageCopier(process.env);

export async function handler(): Promise<{ readonly ran: true }> {
  await runWatchdog(readSettings(process.env), {
    ...{ parameters, memory, fetch, copyPages },
    now: Date.now,
    sleep: (ms) => sleep(ms),
  });
  return { ran: true };
}

/** Throws an error that names the variable. */
function readSettings(env: NodeJS.ProcessEnv): WatchdogSettings {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set. Deploy the watchdog again.`);
    return value;
  };
  return {
    coordinatorUrl: need('PROBEMESH_COORDINATOR_URL').replace(/\/+$/, ''),
    region: need('AWS_REGION'),
    peerRegion: env.PROBEMESH_PEER_REGION || null,
    isSecond: env.PROBEMESH_IS_SECOND === 'true',
    stateParameter: need('PROBEMESH_STATE_PARAMETER'),
    secretsParameter: need('PROBEMESH_SECRETS_PARAMETER'),
  };
}
