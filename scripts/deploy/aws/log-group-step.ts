// Owns the step of a log group with its retention. It is made first and deleted last in a region, so it also marks which
// regions have something of a mesh.
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Step } from '../step.ts';
import { logGroupArn } from './arns.ts';
import type { AwsContext } from './context.ts';
import { resourceStep } from './resource-step.ts';
import { orNull } from './waiting.ts';

interface FoundGroup {
  readonly retentionDays: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export async function findLogGroup(logs: CloudWatchLogsClient, name: string): Promise<LogGroup | undefined> {
  // The exact name is the first of all that begin with it.
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups?.find(({ logGroupName }) => logGroupName === name);
}

export function logGroupStep(
  context: AwsContext,
  { id, region, name: logGroupName }: { id: string; region: string; name: string },
): Step {
  const logs = context.clients.logs(region);
  const retentionInDays = context.settings.logRetentionDays;
  const retain = () => logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
  return resourceStep<FoundGroup>(context, {
    id,
    title: `Log group ${logGroupName} in ${region}`,
    needs: [],
    region,
    async read() {
      const group = await findLogGroup(logs, logGroupName);
      if (!group) return null;
      const resourceArn = logGroupArn(context, region, logGroupName);
      const found = await orNull(['ResourceNotFoundException'], () =>
        logs.send(new ListTagsForResourceCommand({ resourceArn })),
      );
      return found && { retentionDays: group.retentionInDays, tags: found.tags ?? {} };
    },
    tagsOf: ({ tags }) => tags,
    detailOf: ({ retentionDays }) => `${retentionDays ?? 'unlimited'} days`,
    differences: ({ retentionDays }) =>
      retentionDays === retentionInDays
        ? []
        : [`retention ${retentionDays ?? 'unlimited'} → ${retentionInDays} days`],
    async create() {
      await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { ...context.names.tags } }));
      await retain();
    },
    async update() {
      await retain();
    },
    async delete() {
      await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    },
  });
}
