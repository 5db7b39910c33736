// Owns which notifications one message carries, on channels that people read: openings that were held to be gathered, and
// what waits if the channel has sent enough in this minute. Nothing is dropped: what does not fit goes into the next
// message. Does not read or write: store/outbox-gather.ts does.
import { type Channel, DEFAULT_CAPACITY } from '../channels/channel.ts';
import { canSayOpenedNotSent } from '../channels/pairs.ts';
import { toMessage } from '../channels/to-message.ts';
import type { DueDelivery, LeasedChannel } from '../store/outbox.ts';
import { type Carried, type Gatherable, MAX_CARRIED } from '../store/outbox-gather.ts';
import { bodyToSend } from './body-to-send.ts';

/** Of more than this many messages a minute, one is made. */
export const MESSAGES_A_MINUTE = 5;
const MINUTE_MS = 60_000;

type Minute = Pick<LeasedChannel, 'minuteStartedAt' | 'minuteMessages'>;

const isOf = ({ minuteStartedAt }: Minute, now: number, minutes = 1): boolean =>
  minuteStartedAt <= now && now - minuteStartedAt < minutes * MINUTE_MS;

/** Messages that the channel may still send in this minute. */
export const roomOf = (minute: Minute, inFlight: number, now: number): number =>
  MESSAGES_A_MINUTE - inFlight - (isOf(minute, now) ? minute.minuteMessages : 0);

export const minuteEnd = ({ minuteStartedAt }: Minute): number => minuteStartedAt + MINUTE_MS;

/** The channel had to wait for the end of the minute before. */
const hasWaited = (minute: Minute, now: number): boolean =>
  minute.minuteMessages >= MESSAGES_A_MINUTE && !isOf(minute, now) && isOf(minute, now, 2);

/** What goes into the message of `lead` that no message carries yet, in order. */
export function gatheredWith(
  channel: Pick<Channel, 'capacity'>,
  lead: DueDelivery,
  { ready, held }: Gatherable,
  minute: { readonly room: number; readonly state: Minute; readonly now: number },
): Carried[] {
  const isDigest =
    ready.length + 1 > minute.room || (ready.length > 0 && hasWaited(minute.state, minute.now));
  const isHeld = lead.heldUntil !== null && lead.heldUntil <= minute.now;
  const wanted = [
    ...ready.filter((one) => isDigest || (isHeld && isHeldWith(lead, one))),
    ...(isHeld ? held : []),
  ].slice(0, MAX_CARRIED - 1);
  return fitting(channel, lead, wanted);
}

const isHeldWith = (lead: DueDelivery, one: Carried): boolean =>
  one.heldUntil !== null && one.routeId === lead.routeId;

/** The first ones that the vendor's message can list. */
function fitting(
  channel: Pick<Channel, 'capacity'>,
  lead: DueDelivery,
  wanted: readonly Carried[],
): Carried[] {
  let count = wanted.length;
  while (count > 0) {
    const { items } = toMessage([outgoing(lead), ...wanted.slice(0, count).map(outgoing)]);
    const capacity = Math.max(1, channel.capacity?.(items) ?? DEFAULT_CAPACITY);
    if (items.length <= capacity) break;
    count -= Math.max(1, items.length - capacity);
  }
  return wanted.slice(0, Math.max(0, count));
}

const outgoing = (one: Pick<Carried, 'notificationId' | 'body' | 'openedNotSent'>) => ({
  id: one.notificationId,
  body: bodyToSend(one),
});

/** Only an end tells the story of its opening. What an outage was before is not shown. */
export const shownOf = (lead: DueDelivery, carried: readonly Carried[]): Carried[] =>
  carried.filter(
    ({ state, body, incidentId }) =>
      !(state === 'merged' && incidentId !== null && incidentId === lead.incidentId) ||
      (canSayOpenedNotSent(lead.body.type) && body.type !== lead.body.type),
  );
