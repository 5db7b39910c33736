// Owns the two forms that services give tags: a list of keys and values, and an object.
import type { Tags } from './account.ts';

export interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

export const tagsOf = (list: readonly Tag[] | undefined): Tags =>
  new Map((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  [...tags].map(([Key, Value]) => ({ Key, Value }));

export const tagsOfRecord = (record: Readonly<Record<string, string>> | undefined): Tags =>
  new Map(Object.entries(record ?? {}));

export function addTags(tags: Tags, more: Tags): void {
  for (const [key, value] of more) tags.set(key, value);
}
