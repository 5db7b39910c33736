// Owns how many sign-ups may send a message: from one network, to one receiver, and from the whole mesh. Does not find the
// network of a client: the routes do.
// The counts are in D1, in the table of failures: a stranger who signs up other people is one.
import { log } from '../../log.ts';
import { countFailure, uncountFailure } from '../../store/sign-in-failures.ts';
import { hashToken } from '../tokens.ts';

const HOUR_MS = 3_600_000;
/** Messages to one mailbox, or to one host. More would be an attack on it by our mails. */
const PER_RECEIVER = { email: 3, slack: 3, webhook: 10 } as const;
/** An office signs up from one network. An attacker has few of them, and each uses up a fifth of the limit of the mesh at most. */
export const MAX_OF_NETWORK = { page: 20, mesh: 60 } as const;
/** Of all receivers together, as the last resort: what a provider of mails, and the reputation of the sender, can take. */
export const MAX_PER_HOUR = 300;

interface Asked {
  readonly kind: keyof typeof PER_RECEIVER;
  readonly receiver: string;
  readonly page: string;
  /** Where the request comes from. */
  readonly network: string;
}

/**
 * `limited`: nothing may be sent now, to any receiver. `silent`: this receiver had enough messages. Its answer is that of `allowed`.
 */
export async function limitSignUp(
  db: D1Database,
  { kind, receiver, page, network }: Asked,
  now: number,
): Promise<'allowed' | 'silent' | 'limited'> {
  // Before the others: what a network is refused counts for no other network.
  for (const [of, most] of [
    [`${page} ${network}`, MAX_OF_NETWORK.page],
    [network, MAX_OF_NETWORK.mesh],
  ] as const) {
    const key = await hashToken(`subscribe network ${of}`);
    const counted = await countFailure(db, key, { periodMs: HOUR_MS, max: most }, now);
    if (counted !== null && counted.failures <= most) continue;
    // Once an hour: above the limit, the count stays.
    if (counted !== null) log.warn('subscribe.network_limited', { page, limit: most });
    return 'limited';
  }
  const max = PER_RECEIVER[kind];
  const receiverKey = await hashToken(`subscribe ${kind} ${receiver}`);
  const own = await countFailure(db, receiverKey, { periodMs: HOUR_MS, max }, now);
  const meshKey = await hashToken('subscribe');
  const all = await countFailure(db, meshKey, { periodMs: HOUR_MS, max: MAX_PER_HOUR }, now);
  if (all === null || all.failures > MAX_PER_HOUR) {
    if (all !== null) log.error('subscribe.mesh_limited', { page, limit: MAX_PER_HOUR });
    return 'limited';
  }
  if (own !== null && own.failures <= max) return 'allowed';
  // One receiver must not use up the limit of all others.
  await uncountFailure(db, meshKey);
  return 'silent';
}
