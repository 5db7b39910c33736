// Owns the command `deploy`: plan, question, steps, proof, and what it says at the end.

import { pendingMigration, WORKER_STEP } from './cloudflare/worker.ts';
import type { Console } from './console.ts';
import { type Mesh, openMesh, probeStepId, type Surroundings } from './mesh.ts';
import type { DeployOptions } from './options.ts';
import { hasProblems, hasWork, inspectAll, type PlannedStep, planLines } from './plan.ts';
import { isHealthy, readHealth } from './proof.ts';
import { type ProvenMesh, proveMesh } from './prove-mesh.ts';
import { beginLine, endLine, type JsonReport, jsonSteps, proofLine, type Result } from './report.ts';
import { runSteps, type StepReport } from './run-steps.ts';
import type { Settings } from './settings.ts';
import { asDeployError } from './step.ts';
import { readUnproven, writeUnproven } from './unproven.ts';

export async function deployCommand(
  options: DeployOptions,
  settings: Settings,
  surroundings: Surroundings,
  console: Console,
): Promise<JsonReport> {
  const { root } = surroundings;
  const mesh: Mesh = await openMesh(
    {
      ...options,
      settings,
      // A run for some regions leaves the others alone.
      looksForLeft: options.regions === null,
      beforeDeploy: async (previous) => {
        const url = mesh.cloudflare.knownUrl();
        const note = await wayBack(mesh, previous, url, surroundings);
        // A version that was deployed and not proven is no place to go back to.
        const earlier = await readUnproven(root, settings.name);
        await writeUnproven(root, settings.name, earlier ?? note);
      },
    },
    surroundings,
  );
  try {
    console.line(
      `Mesh ${settings.name}: AWS account ${mesh.accounts.aws}, Cloudflare account ${mesh.accounts.cloudflare}`,
    );
    if (settings.domain === null) console.line(WITHOUT_DOMAIN);
    for (const { region, error } of mesh.left?.unknown ?? [])
      console.line(`${region} is not in the settings and could not be read: ${asDeployError(error).message}`);
    const plan = await inspectAll(mesh.steps);
    for (const line of planLines(plan)) console.line(line);
    const report = (result: Result, reports: StepReport[] | null, proven: ProvenMesh | null): JsonReport => ({
      ...{ command: 'deploy', mesh: settings.name, result, url: mesh.cloudflare.knownUrl() },
      steps: jsonSteps(plan, reports),
      proof: proven?.proofs ?? [],
      rollback: proven?.rollback ?? null,
    });
    if (options.planOnly) return report(hasProblems(plan) ? 'failed' : 'planned', null, null);
    const unproven = await readUnproven(root, settings.name);
    if (!hasWork(plan) && unproven === null)
      return report(await unchanged(mesh, plan, surroundings, console), null, null);
    if (hasWork(plan) && !options.yes) {
      const agreed = await console.confirm('Do it?');
      if (!agreed) {
        console.line('Nothing was changed.');
        return report('cancelled', null, null);
      }
    }
    const reports = await carryOut(plan, surroundings, console);
    if (reports.some(({ outcome }) => outcome.state === 'stopped')) {
      const count = (of: (state: string) => boolean): number =>
        reports.filter(({ outcome }) => of(outcome.state)).length;
      console.line(
        `Stopped: ${count((state) => state === 'done')} steps are done, ${count((state) => state === 'stopped')} were not begun. Every step that had begun has ended. Run \`npm run deploy\` again to go on.`,
      );
      return report('cancelled', reports, null);
    }
    const isWell = (id: string): boolean =>
      reports.some(
        ({ step, outcome }) => step.id === id && (outcome.state === 'done' || outcome.state === 'same'),
      );
    const proven = await proveMesh(
      mesh,
      mesh.regions.filter((region) => isWell(probeStepId(region))),
      isWell(WORKER_STEP),
      { ...surroundings, signal: console.signal },
    );
    for (const proof of proven.proofs) console.line(proofLine(proof));
    if (proven.rollback !== null)
      console.line(`${proven.rollback.isDone ? '↩' : '✗'} ${proven.rollback.detail}`);
    const isDone =
      reports.every(({ outcome }) => outcome.state === 'done' || outcome.state === 'same') &&
      proven.proofs.every((proof) => proof.isWell);
    if (!isDone && console.signal.aborted) {
      console.line('Stopped before the proof. Run `npm run deploy` again: it proves what is deployed.');
      return report('cancelled', reports, proven);
    }
    if (isDone) await sayDone(mesh, plan, console);
    else console.line('Something failed. Correct it, then run `npm run deploy` again: what is done stays.');
    return report(isDone ? 'done' : 'failed', reports, proven);
  } finally {
    mesh.close();
  }
}

const WITHOUT_DOMAIN =
  'No domain: the mesh gets an address on workers.dev. Cloudflare then keeps no page at its edge, so each reader costs D1 reads, and passkeys end if you add a domain later.';

/** Where to go back to if the version that is about to run is unhealthy. */
async function wayBack(
  { cloudflare }: Mesh,
  previous: Awaited<ReturnType<Mesh['cloudflare']['worker']>>,
  url: string | null,
  surroundings: Surroundings,
) {
  const none = (reason: string) => ({ previousVersionId: null, reason });
  if (previous === undefined || !('PROBE_FUNCTION' in previous.variables))
    return none('there is no version before it');
  if ((await pendingMigration(cloudflare, previous)) !== null)
    return none('Cloudflare cannot roll back a change of Durable Object classes');
  // An upgrade can be the repair of an unhealthy mesh.
  if (url === null || !isHealthy(await readHealth(url, surroundings)))
    return none('the version before it was unhealthy as well');
  return { previousVersionId: previous.versionId, reason: '' };
}

/** Everything is as it should be. Whether it works is another question. */
async function unchanged(
  { cloudflare }: Mesh,
  plan: readonly PlannedStep[],
  surroundings: Surroundings,
  console: Console,
): Promise<Result> {
  if (hasProblems(plan)) return 'failed';
  const url = cloudflare.knownUrl();
  if (url === null) return 'nothing_to_do';
  const health = await readHealth(url, surroundings);
  console.line(`${url} ${health.detail}`);
  return isHealthy(health) ? 'nothing_to_do' : 'failed';
}

export function carryOut(
  plan: readonly PlannedStep[],
  { now }: Pick<Surroundings, 'now'>,
  console: Console,
): Promise<StepReport[]> {
  const titles = new Map(plan.map(({ step }) => [step.id, step.title]));
  return runSteps(plan, {
    ...{ now, signal: console.signal },
    onBegin: (step) => console.line(beginLine(step)),
    onEnd: (ended) => {
      const line = endLine(ended, (id) => titles.get(id) ?? id);
      if (line !== null) console.line(line);
    },
  });
}

async function sayDone(
  { cloudflare, secrets }: Mesh,
  plan: readonly PlannedStep[],
  console: Console,
): Promise<void> {
  const url = cloudflare.knownUrl();
  const isFirst = plan.some(
    ({ step, result }) => step.id === WORKER_STEP && 'state' in result && result.state === 'absent',
  );
  console.line(`The mesh works: ${url}`);
  const setupToken = secrets.get('setupToken');
  if (!isFirst || setupToken === undefined) return;
  // A log of CI is read by more people than a terminal.
  console.line(
    console.isTerminal
      ? `Make the first admin: ${url}/setup?token=${setupToken}`
      : `Make the first admin: ${url}/setup?token=… with \`setupToken\` of ${secrets.path}`,
  );
  console.line(
    `Keep a copy of ${secrets.path} in your password manager. Without its encryption key, stored secrets are lost.`,
  );
}
