// Owns the command `destroy`: the question, deleting in the reverse order of the needs, and what is left. Only what belongs to this
// mesh is deleted: the steps know that.
import type { Console } from './console.ts';
import { openMesh, type Surroundings } from './mesh.ts';
import type { DeployOptions } from './options.ts';
import { inspectAll, type PlannedStep, stateOf } from './plan.ts';
import { type JsonReport, jsonSteps } from './report.ts';
import type { Settings } from './settings.ts';
import { asDeployError, DeployError, type Step } from './step.ts';
import { forgetUnproven } from './unproven.ts';

type Removal = 'removed' | 'absent' | 'foreign' | 'stopped' | DeployError;

export async function destroyCommand(
  options: DeployOptions,
  settings: Settings,
  surroundings: Surroundings,
  console: Console,
): Promise<JsonReport> {
  const mesh = await openMesh({ ...options, settings, looksForLeft: true }, surroundings);
  try {
    const all = [...mesh.steps, ...(mesh.left?.steps ?? [])];
    const removable = all.filter(({ remove }) => remove !== undefined);
    const unknown = mesh.left?.unknown ?? [];
    for (const { region, error } of unknown) console.line(`? ${region}: ${asDeployError(error).message}`);
    const found = await inspectAll(removable);
    const existing = found.filter((planned) => ['same', 'different', 'unknown'].includes(stateOf(planned)));
    const report = (
      result: JsonReport['result'],
      removals: ReadonlyMap<string, Removal> | null,
    ): JsonReport => ({
      ...{ command: 'destroy', mesh: settings.name, result, url: null, proof: [], rollback: null },
      steps: jsonSteps(found, null).map((step) => {
        const removal = removals?.get(step.id) ?? null;
        return removal instanceof DeployError
          ? { ...step, outcome: 'failed', error: { what: removal.what, fix: removal.fix } }
          : { ...step, outcome: removal };
      }),
    });
    for (const { step } of existing) console.line(`- ${step.title}`);
    sayForeign(found, console);
    if (existing.length === 0 && unknown.length === 0) {
      console.line('Nothing to do. Nothing of this mesh exists.');
      return report('nothing_to_do', null);
    }
    console.line(
      'This deletes the mesh with all its data: monitors, incidents, history, audit log. Nothing brings it back.',
    );
    console.line('If you may need it, run `npm run backup` first.');
    if (options.planOnly) return report('planned', null);
    if (!options.yes) {
      const typed = await console.typed(`Type the name of the mesh, ${settings.name}, to delete it:`);
      if (typed?.trim() !== settings.name) {
        console.line('Nothing was deleted.');
        return report('cancelled', null);
      }
    }
    const removals = await removeAll(removable, all, console);
    const outcomes = [...removals.values()];
    if (outcomes.includes('stopped')) {
      console.line('Stopped. Run `npm run deploy -- destroy` again to go on.');
      return report('cancelled', removals);
    }
    const failed = unknown.length > 0 || outcomes.some((outcome) => outcome instanceof DeployError);
    if (failed) {
      console.line('Something is left. Correct it, then run `npm run deploy -- destroy` again.');
      return report('failed', removals);
    }
    await forgetUnproven(surroundings.root, settings.name);
    if (mesh.secrets.exists) {
      // A mesh that is deployed again makes its own, but a backup needs the encryption key.
      await mesh.secrets.change(
        {
          awsAccessKeyId: null,
          awsSecretAccessKey: null,
          awsNextAccessKeyId: null,
          awsNextSecretAccessKey: null,
        },
        null,
      );
      console.line(`${mesh.secrets.path} is kept: a backup can only be restored with its encryption key.`);
    }
    console.line('Everything of this mesh is deleted.');
    return report('done', removals);
  } finally {
    mesh.close();
  }
}

function sayForeign(found: readonly PlannedStep[], console: Console): void {
  for (const { step, result } of found)
    if ('state' in result && result.state === 'foreign')
      console.line(`! ${step.title} is left alone: ${result.detail}`);
}

/** A step is removed when everything that needs it was tried. What fails keeps no other waiting. */
async function removeAll(
  removable: readonly Step[],
  all: readonly Step[],
  console: Console,
): Promise<ReadonlyMap<string, Removal>> {
  const started = new Map<string, Promise<Removal | null>>();
  const removal = (step: Step): Promise<Removal | null> => {
    const known = started.get(step.id);
    if (known) return known;
    const dependants = all.filter(
      ({ needs, after = [] }) => needs.includes(step.id) || after.includes(step.id),
    );
    const removed = Promise.all(dependants.map(removal)).then(() => removeOne(step, console));
    started.set(step.id, removed);
    return removed;
  };
  const results = await Promise.all(removable.map(async (step) => [step.id, await removal(step)] as const));
  return new Map(results.flatMap(([id, result]) => (result === null ? [] : [[id, result] as const])));
}

/** Null: nothing remains of it by itself. */
async function removeOne(step: Step, console: Console): Promise<Removal | null> {
  if (step.remove === undefined) return null;
  if (console.signal.aborted) return 'stopped';
  try {
    const result = await step.remove();
    if (result === 'removed') console.line(`✓ ${step.title} deleted`);
    if (result === 'foreign') console.line(`! ${step.title} is left alone: it is not of this mesh`);
    return result;
  } catch (error) {
    const failed = asDeployError(error);
    console.line(`✗ ${step.title}\n    ${failed.what}\n    ${failed.fix}`);
    return failed;
  }
}
