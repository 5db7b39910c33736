// Owns CloudWatch Logs in the local AWS: groups, their retention and tags, and no events.
// docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html and its neighbours.
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroup } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Service } from '../service.ts';
import { addTags, tagsOfRecord } from '../tags.ts';

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const DEFAULT_PAGE = 50;

function findGroup(name: string | undefined, { region }: Context): LogGroup {
  const group = region.logGroups.get(name ?? '');
  if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

/** ARNs of tags do not end in `:*`. */
function nameOfArn(arn: string | undefined): string {
  const name = /^arn:aws:logs:[^:]+:\d+:log-group:(?<name>[^:]+)$/.exec(arn ?? '')?.groups?.name;
  if (name === undefined) throw new AwsError('ValidationException', 'Invalid resourceArn');
  return name;
}

export const LOGS: Service = {
  name: 'logs',
  protocol: 'json-rpc',
  sdk,
  operations: {
    CreateLogGroup({ logGroupName: name = '', tags }: sdk.CreateLogGroupRequest, context: Context): object {
      const { account, region, regionName, now } = context;
      if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
        throw new AwsError(
          'InvalidParameterException',
          `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint`,
        );
      if (region.logGroups.has(name))
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      const arn = `arn:aws:logs:${regionName}:${account.id}:log-group:${name}`;
      region.logGroups.set(name, {
        name,
        arn,
        createdAt: now,
        retentionDays: null,
        tags: tagsOfRecord(tags),
      });
      return {};
    },
    DescribeLogGroups(
      input: sdk.DescribeLogGroupsRequest,
      { region }: Context,
    ): sdk.DescribeLogGroupsResponse {
      const { logGroupNamePrefix: prefix = '', limit = DEFAULT_PAGE, nextToken = '' } = input;
      const names = [...region.logGroups.keys()]
        .filter((name) => name.startsWith(prefix) && name > nextToken)
        .sort();
      const page = names.slice(0, limit);
      return {
        logGroups: page.map((name) => describe(region.logGroups.get(name)!)),
        ...(names.length > page.length ? { nextToken: page.at(-1)! } : {}),
      };
    },
    PutRetentionPolicy(input: sdk.PutRetentionPolicyRequest, context: Context): object {
      const days = input.retentionInDays ?? 0;
      if (!RETENTION_DAYS.includes(days))
        throw new AwsError(
          'InvalidParameterException',
          `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
        );
      findGroup(input.logGroupName, context).retentionDays = days;
      return {};
    },
    DeleteRetentionPolicy(input: sdk.DeleteRetentionPolicyRequest, context: Context): object {
      findGroup(input.logGroupName, context).retentionDays = null;
      return {};
    },
    TagResource(input: sdk.TagResourceRequest, context: Context): object {
      addTags(findGroup(nameOfArn(input.resourceArn), context).tags, tagsOfRecord(input.tags));
      return {};
    },
    ListTagsForResource: (
      input: sdk.ListTagsForResourceRequest,
      context: Context,
    ): sdk.ListTagsForResourceResponse => ({
      tags: Object.fromEntries(findGroup(nameOfArn(input.resourceArn), context).tags),
    }),
    DeleteLogGroup(input: sdk.DeleteLogGroupRequest, context: Context): object {
      context.region.logGroups.delete(findGroup(input.logGroupName, context).name);
      return {};
    },
  },
  // docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
  permissions(operation, input: { logGroupName?: string; resourceArn?: string; tags?: object }, context) {
    const group = `arn:aws:logs:${context.regionName}:${context.account.id}:log-group:`;
    if (operation === 'DescribeLogGroups') return [{ action: 'logs:DescribeLogGroups', resource: '*' }];
    const plain = input.resourceArn ?? `${group}${input.logGroupName ?? ''}`;
    // A policy matches operations on tags with the plain ARN, and all others with one that ends in `:*`.
    const resource = input.resourceArn === undefined ? `${plain}:log-stream:` : plain;
    const permissions = [{ action: `logs:${operation}`, resource }];
    if (operation === 'CreateLogGroup' && Object.keys(input.tags ?? {}).length > 0)
      permissions.push({ action: 'logs:TagResource', resource: plain });
    return permissions;
  },
};

const describe = (group: LogGroup): sdk.LogGroup => ({
  logGroupName: group.name,
  arn: `${group.arn}:*`,
  logGroupArn: group.arn,
  creationTime: group.createdAt,
  storedBytes: 0,
  metricFilterCount: 0,
  logGroupClass: 'STANDARD',
  ...(group.retentionDays === null ? {} : { retentionInDays: group.retentionDays }),
});
