// Owns how a resource of AWS becomes a step: read, compare, make or change, delete, and leave alone what has no tag of ours.
// Does not know any kind of resource.

import { TAG } from '../names.ts';
import { DeployError, type Finding, type Step } from '../step.ts';
import { nameOf, toDeployError } from './aws-errors.ts';
import type { AwsContext } from './context.ts';

export interface Resource<T> {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  /** Null: IAM, which has no regions. */
  readonly region: string | null;
  /** Null: it does not exist. */
  read(): Promise<T | null>;
  tagsOf(found: T): Readonly<Record<string, string>>;
  /** What the plan shows of one that exists. */
  detailOf?(found: T): string;
  /** A line each. Empty: it is as it should be. */
  differences(found: T): readonly string[];
  /** Makes it whole, with its tag from the first call on. */
  create(): Promise<void>;
  /** Changes what differs. */
  update(found: T): Promise<void>;
  delete(found: T): Promise<void>;
}

type TagList = readonly { Key?: string | undefined; Value?: string | undefined }[];

export const tagRecord = (tags: TagList | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

export const tagList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** It was made since it was read: by a call whose answer was lost, or before AWS shows it everywhere. */
const ALREADY_THERE: ReadonlySet<string> = new Set([
  'EntityAlreadyExists',
  'EntityAlreadyExistsException',
  'ResourceAlreadyExistsException',
  'ResourceConflictException',
  'ParameterAlreadyExists',
  'ConflictException',
  'BucketAlreadyOwnedByYou',
]);
const GONE = /NoSuchEntity|NotFound|NoSuchBucket/;

/** AWS deletes a group of schedules within minutes, and its name is in use until then. */
const CREATE = { attempts: 90, delayMs: 2_000 };

export function resourceStep<T>(context: AwsContext, resource: Resource<T>): Step {
  const { id, title, needs, region } = resource;
  const mesh = context.names.tags[TAG];
  const isOurs = (found: T): boolean => resource.tagsOf(found)[TAG] === mesh;
  const foreign = 'the name is in use by something without the tag of this mesh';
  return plainErrors(
    { title, region },
    {
      id,
      title,
      needs,
      async inspect(): Promise<Finding> {
        const found = await resource.read();
        if (found === null) return { state: 'absent', detail: 'does not exist' };
        if (!isOurs(found)) return { state: 'foreign', detail: foreign };
        const detail = resource.detailOf?.(found) ?? 'exists';
        const changes = resource.differences(found);
        return changes.length === 0 ? { state: 'same', detail } : { state: 'different', detail, changes };
      },
      async apply() {
        for (let attempt = 1; ; attempt += 1) {
          const found = await resource.read();
          if (found !== null) {
            if (!isOurs(found)) throw foreignError(context, title, foreign);
            if (resource.differences(found).length > 0) await resource.update(found);
            return;
          }
          try {
            return await resource.create();
          } catch (error) {
            if (!ALREADY_THERE.has(nameOf(error)) || attempt >= CREATE.attempts) throw error;
            await context.wait(CREATE.delayMs);
          }
        }
      },
      async remove() {
        const found = await resource.read();
        if (found === null) return 'absent';
        if (!isOurs(found)) return 'foreign';
        try {
          await resource.delete(found);
        } catch (error) {
          if (!GONE.test(nameOf(error))) throw error;
        }
        return 'removed';
      },
    },
  );
}

const foreignError = (context: AwsContext, title: string, foreign: string): DeployError =>
  new DeployError(
    `${title}: ${foreign}.`,
    `Delete it, change \`name\` in the settings, or give it the tag ${TAG}=${context.names.tags[TAG]} to hand it over.`,
  );

/** The step, with errors of AWS as DeployErrors. */
export function plainErrors(where: { title: string; region: string | null }, step: Step): Step {
  const plain = async <R>(run: () => Promise<R>): Promise<R> => {
    try {
      return await run();
    } catch (error) {
      throw toDeployError(error, where);
    }
  };
  const { remove } = step;
  return {
    ...step,
    inspect: () => plain(() => step.inspect()),
    apply: (finding) => plain(() => step.apply(finding)),
    ...(remove && { remove: () => plain(() => remove()) }),
  };
}
