// Owns the steps of a watchdog's two parameters: what it remembers, and its secrets. Never prints a value.
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { DeployError, type Step } from '../step.ts';
import type { AwsContext } from './context.ts';
import { resourceStep, tagList, tagRecord } from './resource-step.ts';
import { orNull } from './waiting.ts';

interface ParameterSpec {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly region: string;
  readonly name: string;
  readonly type: 'String' | 'SecureString';
  readonly description: string;
  /** What it begins with. Null: not known yet. */
  value(): string | null;
  /** Whether it must keep that value. Otherwise the watchdog writes it. */
  readonly isFixed: boolean;
}

interface FoundParameter {
  readonly value: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

function parameterStep(context: AwsContext, spec: ParameterSpec): Step {
  const ssm = context.clients.ssm(spec.region);
  const { name: Name, type: Type, description: Description } = spec;
  const value = (): string => {
    const known = spec.value();
    if (known !== null) return known;
    throw new DeployError(`${spec.title}: its value is not known.`, 'Run `npm run deploy` without `--plan`.');
  };
  return resourceStep<FoundParameter>(context, {
    ...spec,
    async read() {
      const found = await orNull(['ParameterNotFound'], () =>
        ssm.send(new GetParameterCommand({ Name, WithDecryption: true })),
      );
      if (!found) return null;
      const tags = await orNull(['InvalidResourceId'], () =>
        ssm.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name })),
      );
      return tags && { value: found.Parameter?.Value, tags: tagRecord(tags.TagList) };
    },
    tagsOf: ({ tags }) => tags,
    differences: (found) => {
      const wanted = spec.value();
      return spec.isFixed && wanted !== null && found.value !== wanted ? ['value changes'] : [];
    },
    async create() {
      const Tags = tagList(context.names.tags);
      await ssm.send(new PutParameterCommand({ Name, Type, Description, Value: value(), Tags }));
    },
    async update() {
      await ssm.send(new PutParameterCommand({ Name, Type, Description, Value: value(), Overwrite: true }));
    },
    async delete() {
      await ssm.send(new DeleteParameterCommand({ Name }));
    },
  });
}

interface Place {
  readonly id: string;
  readonly needs: readonly string[];
  readonly region: string;
}

export const stateStep = (context: AwsContext, place: Place): Step =>
  parameterStep(context, {
    ...place,
    title: `SSM parameter ${context.names.watchdogState} in ${place.region}`,
    name: context.names.watchdogState,
    type: 'String',
    description: 'What the watchdog of this region remembers from minute to minute.',
    value: () => '{}',
    isFixed: false,
  });

export const secretsStep = (context: AwsContext, place: Place): Step =>
  parameterStep(context, {
    ...place,
    title: `SSM parameter ${context.names.watchdogSecrets} in ${place.region}`,
    name: context.names.watchdogSecrets,
    type: 'SecureString',
    description: 'The key and the emergency channel of the watchdog.',
    value: context.watchdogSecrets,
    isFixed: true,
  });
