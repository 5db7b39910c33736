// Shows what a channel would send for an example event, with templates that are not stored yet. Writes nothing, sends nothing
// and opens no secret.
import type { Caller } from '../../access/caller.ts';
import type { Templates } from '../../channels/apply-templates.ts';
import { type ChannelType, findChannelType } from '../../channels/catalogue.ts';
import { templateProblem } from '../../channels/check-templates.ts';
import type { EventType } from '../../channels/events.ts';
import { type ChannelPreview, previewChannel, previewConfig } from '../../channels/preview.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { findChannel } from '../../store/channels.ts';
import { ifInside } from '../access/references.ts';
import { storedTemplates, unknownChannel } from './channels.ts';

export interface PreviewRequest {
  /** A stored channel, whose type, config and templates apply where the request has none. */
  readonly channelId?: string | undefined;
  readonly type?: ChannelType | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly templates?: Templates | null | undefined;
  readonly event: EventType;
}

export async function showPreview(
  { db, publicUrl }: Pick<Config, 'db' | 'publicUrl'>,
  { channelId, type, config = {}, templates, event }: PreviewRequest,
  caller: Caller,
): Promise<Result<ChannelPreview, ValidationError>> {
  const row = channelId === undefined ? null : ifInside(caller.restriction, await findChannel(db, channelId));
  if (channelId !== undefined && row === null) return err(unknownChannel(channelId));
  const channel = findChannelType(type ?? row?.type ?? '');
  if (!channel)
    return err({
      kind: 'invalid',
      path: ['type'],
      message: '`type` is missing. Write `type` or `channelId`.',
    });
  const stored = row?.type === channel.type ? row : null;
  const filled = previewConfig(channel, { ...stored?.publicConfig, ...config }, stored !== null);
  const parsed = channel.config.safeParse(filled);
  const issue = parsed.error?.issues[0];
  if (issue)
    return err({
      kind: 'invalid',
      path: ['config', ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))],
      message: issue.message,
    });
  const used = templates === undefined ? (stored?.templates ?? null) : storedTemplates({ templates });
  const valid = parsed.data as Readonly<Record<string, unknown>>;
  const problem = templateProblem(channel, valid, used);
  // A template of a person who is still writing is invalid most of the time: the response says what is wrong.
  if (problem) return err({ kind: 'invalid', path: [...problem.path], message: problem.message });
  return ok(await previewChannel(channel, valid, used, event, publicUrl));
}
