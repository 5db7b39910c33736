// Owns the bytes of rows beside journal and snapshots: the budget of each table, and what is cut so that every row fits.
// A row that a person writes is refused instead: by the schemas of the API, and by services/monitors/check-size.ts.
import { Buffer } from 'node:buffer';
import type { WebhookBody } from '../channels/notification.ts';
import { shorten } from './journal/row-budget.ts';

/** Of all values of a row. D1 takes 2,000,000 bytes. A test of the Worker fails if a row has more. */
export const ROW_BUDGETS: Readonly<Record<string, number>> = {
  journal: 1_500_000,
  snapshots: 501_000,
  damaged_journal: 1_501_000,
  damaged_snapshots: 502_000,
  monitors: 1_500_000,
  incidents: 220_000,
  incident_actions: 20_000,
  notifications: 260_000,
  deliveries: 8_000,
  receipts: 2_000,
  routes: 60_000,
  settings: 20_000,
  subscribers: 30_000,
  mailings: 1_200_000,
  mailing_deliveries: 2_000,
  alerts: 100_000,
  channels: 20_000,
  windows: 10_000,
  schedules: 100_000,
  public_incidents: 150_000,
  incident_updates: 80_000,
  announcements: 50_000,
  update_templates: 20_000,
  report_schedules: 100_000,
  // 100 static components of four-byte characters.
  status_pages: 400_000,
  health: 100_000,
  activity: 200,
  shards: 200,
  pruning: 200,
  status_changes: 1_500_100,
  monitor_states: 20_000,
  maintenance_spans: 100_000,
  certificates: 200_000,
  heartbeats: 12_000,
  // A byte that is no UTF-8 takes three.
  pings: 31_000,
  compaction: 1_500_000,
  series: 1_999_000,
  days: 100_000,
  monitor_histories: 20_000,
  people: 20_000,
  passkeys: 10_000,
  recovery_codes: 500,
  invitations: 500,
  sessions: 60_000,
  api_keys: 10_000,
  used_tokens: 500,
  sign_in_failures: 500,
  identity_providers: 300_000,
  audit_entries: 1_500_000,
  audit_chain: 1_000,
};

/** Receivers with small limits take this much: AWS SNS and EventBridge have 256 kB. */
export const BODY_BYTES = 256_000;
export const EVIDENCE_BYTES = 200_000;
export const REASONS_BYTES = 90_000;
const SHORT_DETAIL_BYTES = 300;
const SHORTEST_DETAIL_BYTES = 80;
const ERROR_BYTES = 2_000;

type Evidence = WebhookBody['data']['evidence'][number];

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** What is given up next, in all entries, once no response is left. A vote and an outcome are never given up. */
const CUTS: readonly ((one: Evidence) => Evidence)[] = [
  (one) => ({ ...one, samples: null, timings: {} }),
  (one) => withDetails(one, SHORT_DETAIL_BYTES),
  (one) => withDetails(one, SHORTEST_DETAIL_BYTES),
  (one) => ({ ...one, degraded: [] }),
  (one) => ({ ...one, detail: null }),
];

const withDetails = (one: Evidence, bytes: number): Evidence => ({
  ...one,
  detail: one.detail && shorten(one.detail, bytes),
  degraded: one.degraded.map((warning) => ({ ...warning, detail: shorten(warning.detail, bytes) })),
});

/** The evidence in this many bytes of JSON: the last responses go first, then figures, and words are shortened. */
export function fitEvidence(evidence: readonly Evidence[], maxBytes: number): Evidence[] {
  let fitted = [...evidence];
  let bytes = jsonBytes(fitted);
  for (let index = fitted.length - 1; index >= 0 && bytes > maxBytes; index -= 1) {
    const { response, ...one } = fitted[index]!;
    if (response === null) continue;
    bytes -= jsonBytes(response) - jsonBytes(null);
    fitted[index] = { ...one, response: null };
  }
  for (const cut of CUTS) {
    if (bytes <= maxBytes) return fitted;
    fitted = fitted.map(cut);
    bytes = jsonBytes(fitted);
  }
  // More locations than a mesh can have: the failing ones come first.
  while (bytes > maxBytes && fitted.length > 0) {
    fitted = fitted.slice(0, Math.floor(fitted.length * 0.9));
    bytes = jsonBytes(fitted);
  }
  return fitted;
}

/** The reasons in this many bytes: each has the same share. */
export function fitReasons<T extends { readonly detail: string }>(
  reasons: readonly T[],
  maxBytes = REASONS_BYTES,
): T[] {
  if (jsonBytes(reasons) <= maxBytes) return [...reasons];
  const share = Math.max(0, Math.floor(maxBytes / reasons.length) - 300);
  return reasons.map((one) => ({ ...one, detail: shorten(one.detail, share) }));
}

/** The body as its row and its receivers can hold it. */
export function fitBody(body: WebhookBody): WebhookBody {
  if (jsonBytes(body) <= BODY_BYTES) return body;
  const { evidence, mesh, channel } = body.data;
  const data = {
    ...body.data,
    mesh: mesh && { ...mesh, reasons: fitReasons(mesh.reasons) },
    channel: channel && { ...channel, error: channel.error && shorten(channel.error, ERROR_BYTES) },
    evidence: [] as Evidence[],
  };
  const rest = jsonBytes({ ...body, data });
  return { ...body, data: { ...data, evidence: fitEvidence(evidence, BODY_BYTES - rest) } };
}
