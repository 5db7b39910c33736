// Owns the state of a channel and of a test in words. Does not decide them: src/store/channel-health.ts and src/delivery do.
import { findChannelType } from '../../../channels/catalogue.ts';
import { channelState } from '../../../store/channel-health.ts';
import type { ListedChannel } from '../../../store/channel-list.ts';
import { MAX_PENDING_COUNT } from '../../../store/pending-counts.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon, type Tone } from '../../ui/icons.tsx';
import { RelativeTime } from '../../ui/times.tsx';
import type { Flash } from '../flash.ts';

const STATES = {
  ok: { tone: 'good', label: 'Works' },
  failing: { tone: 'bad', label: 'Failing' },
  disabled: { tone: 'calm', label: 'Disabled' },
  unknown: { tone: 'no_data', label: 'Not used yet' },
} as const satisfies Record<ReturnType<typeof channelState>, { tone: Tone; label: string }>;

export const ChannelState = ({ of }: { of: ListedChannel }) => {
  const { tone, label } = STATES[channelState(of)];
  return (
    <span class={`state ${tone}`}>
      <Icon tone={tone} />
      {label}
    </span>
  );
};

/** Why it is in its state. */
export const WhyState = ({ of, now }: { of: ListedChannel; now: number }) => {
  const state = channelState(of);
  if (state === 'disabled')
    return (
      <>
        {of.disabledReason === null ? (
          'A person disabled it. It gets no notifications.'
        ) : (
          <>
            The coordinator disabled it: <Breakable text={of.disabledReason} />
          </>
        )}
      </>
    );
  if (state === 'failing')
    return (
      <>
        For <RelativeTime since={of.failingSince!} now={now} />
        {of.lastError === null ? '.' : ': '}
        <Breakable text={of.lastError ?? ''} />
      </>
    );
  if (state === 'unknown') return <>Nothing was sent since it was created or enabled.</>;
  return <>The newest attempt was accepted.</>;
};

export const pendingText = (pending: number): string =>
  pending === 0 ? 'none' : pending >= MAX_PENDING_COUNT ? `${MAX_PENDING_COUNT} or more` : String(pending);

/** `Slack`. Of a type that a newer version stored: its name in the database. */
export const typeName = (type: string): string => findChannelType(type)?.docs.name ?? type;

interface Outcome {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly warning: string | null;
  readonly durationMs: number;
}

const durationText = (ms: number): string =>
  ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1_000)} s`;

/** What the vendor answered to a test. */
export function testResult(
  name: string,
  { delivered, status, error, warning, durationMs }: Outcome,
  enabled: boolean,
): Flash {
  const after = `after ${durationText(durationMs)}`;
  const template =
    warning === null ? '' : ` A template failed, so the default text was sent instead: ${warning}`;
  const rest = enabled ? '' : ' The channel is still disabled: enable it, so that it gets notifications.';
  if (!delivered)
    return {
      text: `The test of ${name} failed ${after}: ${error ?? 'no reason is known'}. It is not retried.${template}`,
      tone: 'bad',
    };
  const answer = status === null ? '' : ` It answered with status ${status} ${after}.`;
  return { text: `The receiver of ${name} accepted the test.${answer}${template}${rest}`, tone: 'good' };
}
