// Owns the boxes with which a person's on-call channels are chosen, and how a form is read. Does not store them.
import type { ChannelRow } from '../../store/channels.ts';
import type { FormValues } from './form.tsx';

export type ContactChannel = Pick<ChannelRow, 'id' | 'name'>;

/** Each box has a name of its own: a form keeps the last value of a name. */
const PREFIX = 'channel-';

/** Set by the form, so that a form without a ticked box differs from a request without the boxes. */
const MARKER = 'contacts';

interface ContactFieldsProps {
  readonly channels: readonly ContactChannel[];
  readonly chosen: readonly string[];
}

export const ContactFields = ({ channels, chosen }: ContactFieldsProps) => (
  <fieldset class="field">
    <legend>Channels while on call</legend>
    <input type="hidden" name={MARKER} value="yes" />
    <p class="note">Notifications of an on-call schedule reach the person there.</p>
    {channels.length === 0 ? <p>No channel exists yet. Create it with the API first.</p> : null}
    {channels.map(({ id, name }) => (
      <div class="choice">
        <input
          type="checkbox"
          id={`${PREFIX}${id}`}
          name={`${PREFIX}${id}`}
          value="yes"
          checked={chosen.includes(id)}
        />
        <label for={`${PREFIX}${id}`}>{name}</label>
      </div>
    ))}
  </fieldset>
);

/** Those that stay keep their order. A request without the boxes changes none. */
export function readContacts(values: FormValues, stored: readonly string[]): string[] {
  if (values[MARKER] === undefined) return [...stored];
  const ticked = Object.keys(values).flatMap((name) =>
    name.startsWith(PREFIX) && values[name] === 'yes' ? [name.slice(PREFIX.length)] : [],
  );
  return [...stored.filter((id) => ticked.includes(id)), ...ticked.filter((id) => !stored.includes(id))];
}

export const chosenContacts = (stored: readonly string[], values?: FormValues): readonly string[] =>
  values === undefined ? stored : readContacts(values, stored);
