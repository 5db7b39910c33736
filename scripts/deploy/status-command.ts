// Owns the command `status`: what is deployed where, and how it is. Changes nothing.
import type { Console } from './console.ts';
import { openMesh, type Surroundings } from './mesh.ts';
import type { DeployOptions } from './options.ts';
import { hasProblems, inspectAll, stateOf } from './plan.ts';
import { isHealthy, readHealth } from './proof.ts';
import { type JsonReport, jsonSteps } from './report.ts';
import type { Settings } from './settings.ts';
import { DeployError } from './step.ts';
import { readUnproven } from './unproven.ts';

/** What each finding means for a person who changes nothing. */
const WORDS = {
  absent: 'missing',
  different: 'differs from the settings or this version',
  same: 'as it should be',
  foreign: 'not of this mesh',
  unknown: 'unknown',
} as const;

export async function statusCommand(
  options: DeployOptions,
  settings: Settings,
  surroundings: Surroundings,
  console: Console,
): Promise<JsonReport> {
  const mesh = await openMesh({ ...options, settings, looksForLeft: true }, surroundings);
  try {
    const plan = await inspectAll(mesh.steps);
    for (const planned of plan) {
      const { step, result } = planned;
      const detail = result instanceof DeployError ? `${result.what} ${result.fix}` : result.detail;
      console.line(`${step.title}: ${WORDS[stateOf(planned)]}${detail === '' ? '' : ` (${detail})`}`);
      if ('changes' in result) for (const change of result.changes) console.line(`    ${change}`);
    }
    const worker = await mesh.cloudflare.worker();
    const url = mesh.cloudflare.knownUrl();
    const health = url === null ? null : await readHealth(url, surroundings);
    if (worker !== undefined)
      console.line(
        `Worker version ${worker.versionId}, deployed at ${worker.deployedAt}${health?.version ? `, probemesh ${health.version}` : ''}`,
      );
    if (health !== null) console.line(`${url}/healthz: ${health.detail}`);
    if ((await readUnproven(surroundings.root, settings.name)) !== null)
      console.line('The newest deployment is not proven: run `npm run deploy`, which proves it.');
    const isWell = !hasProblems(plan) && (health === null || isHealthy(health));
    return {
      ...{ command: 'status', mesh: settings.name, result: isWell ? 'done' : 'failed', url },
      steps: jsonSteps(plan, null),
      proof:
        health === null
          ? []
          : [{ name: 'health', isWell: isHealthy(health), detail: health.detail, fix: '' }],
      rollback: null,
    };
  } finally {
    mesh.close();
  }
}
