// Owns leaving AWS: everything with the tag of the mesh is deleted, what needs something before it. Safe to repeat.
import type { Step } from '../step.ts';
import type { AwsContext } from './context.ts';
import { leftSteps } from './left-steps.ts';
import { awsSteps } from './steps.ts';

export interface Removal {
  readonly title: string;
  readonly region: string | null;
  /** An error: it is still there, or it is not known. */
  readonly result: 'removed' | 'absent' | 'foreign' | { readonly error: unknown };
}

/** Everything of the settings and of earlier ones. The others go on if one cannot be deleted. */
export async function removeAll(
  context: AwsContext,
  onEnd: (removal: Removal) => void = () => {},
): Promise<Removal[]> {
  const left = await leftSteps(context);
  const removals = left.unknown.map(({ region, error }) => ({
    title: `AWS in ${region}`,
    region,
    result: { error },
  }));
  return [...removals, ...(await removeSteps([...awsSteps(context), ...left.steps], onEnd))];
}

/** In the reverse order of needs. Steps that nothing else needs are side by side. */
export async function removeSteps(
  steps: readonly Step[],
  onEnd: (removal: Removal) => void = () => {},
): Promise<Removal[]> {
  const started = new Map<string, Promise<Removal | null>>();
  const remove = (step: Step): Promise<Removal | null> => {
    const known = started.get(step.id);
    if (known) return known;
    const removing = (async (): Promise<Removal | null> => {
      const users = steps.filter(({ needs }) => needs.includes(step.id)).map(remove);
      await Promise.all(users);
      if (!step.remove) return null;
      const removal: Removal = {
        title: step.title,
        region: /^aws\/([a-z]+-[a-z-]+-\d)\//.exec(step.id)?.[1] ?? null,
        result: await step.remove().catch((error: unknown) => ({ error })),
      };
      onEnd(removal);
      return removal;
    })();
    started.set(step.id, removing);
    return removing;
  };
  const removals = await Promise.all(steps.map(remove));
  return removals.filter((removal) => removal !== null);
}
