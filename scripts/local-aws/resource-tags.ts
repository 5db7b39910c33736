// Owns the tags that conditions of policies compare: those of a request, and those of a resource that exists.
// docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
import type { Account, Tags } from './account.ts';

type Conditions = Record<string, string | string[]>;

/** `aws:RequestTag/…` and `aws:TagKeys`, from whichever form of tags the operation has. */
export function requestTags(input: object): Conditions {
  const { Tags, tags } = input as { Tags?: unknown; tags?: unknown };
  const entries = entriesOf(Tags ?? tags);
  if (entries.length === 0) return {};
  const conditions: Conditions = { 'aws:TagKeys': entries.map(([key]) => key) };
  for (const [key, value] of entries) conditions[`aws:RequestTag/${key}`] = value;
  return conditions;
}

function entriesOf(tags: unknown): [string, string][] {
  if (Array.isArray(tags))
    return tags.map(({ Key, Value }: { Key?: string; Value?: string }) => [Key ?? '', Value ?? '']);
  return typeof tags === 'object' && tags !== null ? (Object.entries(tags) as [string, string][]) : [];
}

/** `aws:ResourceTag/…`, and `iam:ResourceTag/…` of identities. Not of buckets, which ignore it unless a setting is on. */
export function resourceTags(account: Account, arn: string): Conditions {
  const conditions: Conditions = {};
  for (const [key, value] of tagsByArn(account, arn) ?? []) {
    conditions[`aws:ResourceTag/${key}`] = value;
    if (arn.startsWith('arn:aws:iam:')) conditions[`iam:ResourceTag/${key}`] = value;
  }
  return conditions;
}

function tagsByArn({ roles, users, regions }: Account, arn: string): Tags | undefined {
  const isIt = (one: { readonly arn: string }): boolean => one.arn === arn;
  const identity = [...roles.values(), ...users.values()].find(isIt);
  if (identity) return identity.tags;
  const region = regions.get(arn.split(':')[3] ?? '');
  if (!region) return undefined;
  const { functions, logGroups, scheduleGroups, parameters } = region;
  const all = [functions, logGroups, scheduleGroups, parameters].flatMap((map) => [...map.values()]);
  return all.find(isIt)?.tags;
}
