// Owns the states of monitors and incidents as a word with an icon: never by colour alone.
import { Icon, type Tone } from '../../ui/icons.tsx';

export const STATE_WORDS = {
  down: { label: 'Down', tone: 'bad' },
  partial: { label: 'Partial', tone: 'warn' },
  no_data: { label: 'No data', tone: 'no_data' },
  degraded: { label: 'Degraded', tone: 'warn' },
  maintenance: { label: 'Maintenance', tone: 'calm' },
  paused: { label: 'Paused', tone: 'calm' },
  pending: { label: 'Pending', tone: 'no_data' },
  up: { label: 'Up', tone: 'good' },
  open: { label: 'Open', tone: 'bad' },
  acknowledged: { label: 'Acknowledged', tone: 'warn' },
  resolved: { label: 'Resolved', tone: 'good' },
  quarantined: { label: 'Quarantined', tone: 'warn' },
  lost: { label: 'Lost', tone: 'bad' },
} as const satisfies Record<string, { label: string; tone: Tone }>;

export type ShownState = keyof typeof STATE_WORDS;

export const StateBadge = ({ state }: { state: ShownState }) => {
  const { label, tone } = STATE_WORDS[state];
  return (
    <span class={`state ${tone}`} data-state={state}>
      <Icon tone={tone} />
      {label}
    </span>
  );
};
