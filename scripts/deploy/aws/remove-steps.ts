// Owns deleting what steps made, what needs something before it. Goes on when one cannot be deleted. Safe to repeat.
import type { Step } from '../step.ts';

export interface Removal {
  readonly title: string;
  /** An error: it is still there, or that is not known. */
  readonly result: 'removed' | 'absent' | 'foreign' | { readonly error: unknown };
}

/** In the reverse order of needs. Steps that nothing else needs are side by side. */
export async function removeSteps(steps: readonly Step[]): Promise<Removal[]> {
  const started = new Map<string, Promise<Removal | null>>();
  const remove = (step: Step): Promise<Removal | null> => {
    const known = started.get(step.id);
    if (known) return known;
    const removing = (async (): Promise<Removal | null> => {
      await Promise.all(steps.filter(({ needs }) => needs.includes(step.id)).map(remove));
      if (!step.remove) return null;
      return { title: step.title, result: await step.remove().catch((error: unknown) => ({ error })) };
    })();
    started.set(step.id, removing);
    return removing;
  };
  const removals = await Promise.all(steps.map(remove));
  return removals.filter((removal) => removal !== null);
}
