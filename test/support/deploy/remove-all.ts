// Owns deleting everything of a mesh on AWS at once, as `destroy` does step by step: of these settings and of earlier ones.
import type { AwsContext } from '../../../scripts/deploy/aws/context.ts';
import { leftSteps } from '../../../scripts/deploy/aws/left-steps.ts';
import { type Removal, removeSteps } from '../../../scripts/deploy/aws/remove-steps.ts';
import { awsSteps } from '../../../scripts/deploy/aws/steps.ts';

/** What could not be asked or deleted has an error, and the rest is deleted all the same. */
export async function removeAll(context: AwsContext): Promise<Removal[]> {
  const { steps, unknown } = await leftSteps(context);
  const unasked = unknown.map(
    ({ region, error }): Removal => ({ title: `AWS in ${region}`, result: { error } }),
  );
  return [...unasked, ...(await removeSteps([...awsSteps(context), ...steps]))];
}
