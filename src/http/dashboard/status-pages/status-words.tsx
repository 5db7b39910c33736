// Owns the words and icons of the status of a public incident and of an impact: never by colour alone.
import type { Impact, UpdateStatus } from '../../../status-pages/model.ts';
import { Icon, type Tone } from '../../ui/icons.tsx';
import { IMPACT_CHOICES, STATUS_CHOICES } from './words-form.tsx';

const STATUS_TONES: Readonly<Record<UpdateStatus, Tone>> = {
  ...{ investigating: 'bad', identified: 'warn', monitoring: 'calm', resolved: 'good' },
};
const IMPACT_TONES: Readonly<Record<Impact, Tone>> = {
  ...{ operational: 'good', degraded: 'warn', partial: 'warn', major: 'bad' },
};

const Words = ({ tone, text }: { tone: Tone; text: string }) => (
  <span class={`state ${tone}`}>
    <Icon tone={tone} />
    {text}
  </span>
);

const labelOf = (choices: typeof STATUS_CHOICES, value: string): string =>
  choices.find((choice) => choice.value === value)?.label ?? value;

export const StatusWords = ({ status }: { status: UpdateStatus }) => (
  <Words tone={STATUS_TONES[status]} text={labelOf(STATUS_CHOICES, status)} />
);

export const ImpactWords = ({ impact }: { impact: Impact }) => (
  <Words tone={IMPACT_TONES[impact]} text={labelOf(IMPACT_CHOICES, impact)} />
);
