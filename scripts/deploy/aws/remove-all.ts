// Owns leaving AWS: everything with the tag of the mesh is deleted, of these settings and of earlier ones. Safe to repeat.
import type { AwsContext } from './context.ts';
import { leftSteps } from './left-steps.ts';
import { type Removal, removeSteps } from './remove-steps.ts';
import { awsSteps } from './steps.ts';

/** What could not be asked or deleted has an error, and the rest is deleted all the same. */
export async function removeAll(
  context: AwsContext,
  onEnd: (removal: Removal) => void = () => {},
): Promise<Removal[]> {
  const { steps, unknown } = await leftSteps(context);
  const unasked = unknown.map(
    ({ region, error }): Removal => ({ title: `AWS in ${region}`, result: { error } }),
  );
  for (const removal of unasked) onEnd(removal);
  return [...unasked, ...(await removeSteps([...awsSteps(context), ...steps], onEnd))];
}
