// Owns the states of deliveries in words, and what each means. Does not decide them: src/delivery does.
import type { DeliveryRow } from '../../../store/deliveries.ts';
import { Icon, type Tone } from '../../ui/icons.tsx';

export const DELIVERY_WORDS = {
  pending: {
    ...{ tone: 'calm', label: 'Pending' },
    about: 'It waits for its next attempt, for an earlier delivery about the same thing, or for its channel.',
  },
  delivered: { tone: 'good', label: 'Delivered', about: 'The receiver accepted it.' },
  merged: {
    ...{ tone: 'good', label: 'Merged' },
    about: 'It was gathered with others: the message of another notification carries it.',
  },
  failed: { tone: 'bad', label: 'Failed', about: 'It is not sent any more. You can redeliver it.' },
  superseded: {
    ...{ tone: 'no_data', label: 'Superseded' },
    about: 'It was suppressed because it has no meaning any more: a newer notification replaces it.',
  },
} as const satisfies Record<DeliveryRow['state'], { tone: Tone; label: string; about: string }>;

export const DeliveryState = ({ state }: { state: DeliveryRow['state'] }) => {
  const { tone, label } = DELIVERY_WORDS[state];
  return (
    <span class={`state ${tone}`} data-state={state}>
      <Icon tone={tone} />
      {label}
    </span>
  );
};
