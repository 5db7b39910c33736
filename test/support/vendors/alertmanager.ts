// A check of requests to Alertmanager against its OpenAPI specification, and the rules of its own validation.
// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (postableAlerts)
// https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
import { z } from 'zod';
import type { PostableAlert } from '../../../src/channels/alertmanager.ts';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

const time = z.iso.datetime();
const values = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1));

const postable = z
  .strictObject({
    labels: values.refine((labels) => 'alertname' in labels),
    annotations: values,
    startsAt: time,
    endsAt: time,
    generatorURL: z.url(),
  })
  .refine(({ startsAt, endsAt }) => startsAt <= endsAt, 'start time must be before end time');

/** Throws if the request is not as specified. */
export function readAlerts(request: ChannelRequest): PostableAlert[] {
  if (request.transport === 'email' || request.method !== 'POST') throw new Error('not a POST');
  if (!request.url.endsWith('/api/v2/alerts')) throw new Error(request.url);
  if (new Headers(request.headers).get('content-type') !== 'application/json')
    throw new Error('content-type');
  return z.array(postable).min(1).parse(JSON.parse(request.body));
}
