// Owns what the locations of a notification saw, in few words: grouped, the most frequent first. Pure.
import type { Phase } from '../../probes/contract/index.ts';
import type { OutcomeCode } from '../engine/model/heartbeat.ts';
import { isOfJob } from './heartbeat-text.ts';
import type { WebhookBody } from './notification.ts';
import { plain, shortened } from './plain-text.ts';

type Data = WebhookBody['data'];
type Evidence = Data['evidence'][number];

const CODES: Record<OutcomeCode, string> = {
  refused: 'connection refused',
  timeout: 'timeout',
  reset: 'connection reset',
  unreachable: 'network unreachable',
  dns: 'name resolution failed',
  tls: 'TLS failed',
  unexpected_reply: 'unexpected reply',
  unexpected_open: 'port is open',
  forbidden_address: 'forbidden address',
  missed: 'no ping in time',
  never_seen: 'no first ping',
  job_failed: 'the job failed',
  too_long: 'the job runs too long',
};

/** Only a timeout and a reset can happen in every phase. The other codes name theirs. */
const PHASES: Record<Phase, string> = {
  dns: ' during name resolution',
  connect: ' while connecting',
  tls: ' during the TLS handshake',
  reply: ' while waiting for the reply',
};

const MAX_GROUPS = 3;
const MAX_DETAIL = 140;

const sawText = ({ outcome, code, phase }: Evidence): string => {
  // The vote stays failing until enough successes follow.
  if (outcome !== 'failed') return outcome === 'ok' ? 'ok in the newest check' : 'no newer measurement';
  const words = CODES[code as OutcomeCode] ?? plain((code ?? 'failed').replaceAll('_', ' '));
  return code === 'timeout' || code === 'reset' ? `${words}${phase ? PHASES[phase] : ''}` : words;
};

/** `connection refused`, or `connection refused (3), timeout while connecting (1)`. */
export function sawTogether(locations: readonly Evidence[]): string {
  const groups = [...Map.groupBy(locations, sawText)].sort(([, a], [, b]) => b.length - a.length);
  if (groups.length === 1) return groups[0]![0];
  const shown = groups.slice(0, MAX_GROUPS).map(([words, { length }]) => `${words} (${length})`);
  const rest = groups.slice(MAX_GROUPS).reduce((sum, [, { length }]) => sum + length, 0);
  return [...shown, ...(rest > 0 ? [`other (${rest})`] : [])].join(', ');
}

/** The sentence of one location of the largest group. Empty if none has one. */
export function exampleOf(locations: readonly Evidence[]): string {
  const groups = [...Map.groupBy(locations, sawText).values()].sort((a, b) => b.length - a.length);
  const one = groups.flat().find(({ outcome, detail }) => outcome === 'failed' && detail);
  return one ? `${one.location}: ${shortened(plain(one.detail!), MAX_DETAIL)}` : '';
}

/** `4 of 6 locations`. */
export const shareOf = (count: number, { quorum }: Data): string => {
  const all = quorum ? quorum.failing + quorum.passing + quorum.abstaining : count;
  return `${count} of ${all} ${all === 1 ? 'location' : 'locations'}`;
};

/** `It failed at 6 of 6 locations: connection refused.` Of a job: `The failure: no ping in time.` Empty if nothing failed. */
export function lookedLike(data: Data): string {
  const failing = data.evidence.filter(({ vote }) => vote === 'failing');
  if (failing.length === 0) return '';
  if (isOfJob(data)) return `The failure: ${sawTogether(failing)}.`;
  return `It failed at ${shareOf(data.quorum?.failing ?? failing.length, data)}: ${sawTogether(failing)}.`;
}
