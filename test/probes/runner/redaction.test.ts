// Secrets leave the probe nowhere: every text of an observation is redacted before it is cut.
import { describe, expect, test, vi } from 'vitest';
import { type CheckOutcome, WireError } from '../../../probes/checks/check.ts';
import { createRedactor, REDACTED } from '../../../probes/checks/shared/secrets.ts';
import type { Facts, Observation } from '../../../probes/contract/index.ts';
import { observationSchema } from '../../../probes/contract/index.ts';
import { UnmeasuredError } from '../../../probes/net/errors.ts';
import { Session } from '../../../probes/net/session.ts';
import { toObservation } from '../../../probes/runner/to-observation.ts';

const SECRET = 'T0ken/"x" <y>&+é\'z';

/** How servers write back what they received. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'as it is': SECRET,
  'in lower case': SECRET.toLowerCase(),
  'in a query': encodeURIComponent(SECRET),
  'in a URL': encodeURI(SECRET),
  'in a form': new URLSearchParams({ '': SECRET }).toString().slice(1),
  'in JSON': JSON.stringify(SECRET).slice(1, -1),
  'in quoted JSON': JSON.stringify(JSON.stringify(SECRET)).slice(3, -3),
  'in JSON of PHP': JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/').replace('é', '\\u00e9'),
  'in HTML': 'T0ken/&quot;x&quot; &lt;y&gt;&amp;+é&#39;z',
  'in hexadecimal': Buffer.from(SECRET).toString('hex'),
  'in base64': Buffer.from(SECRET).toString('base64').replace(/=+$/, ''),
  'in base64 of URLs': Buffer.from(SECRET).toString('base64url'),
  'in a Basic header': btoa(`me:${Buffer.from(SECRET).toString('latin1')}`),
};

const FAILED: Extract<CheckOutcome, { outcome: 'failed' }> = {
  outcome: 'failed',
  code: 'unexpected_reply',
  detail: 'an ordinary detail',
};

function observe(outcome: Parameters<typeof toObservation>[3], session = newSession()): Observation {
  return toObservation({ id: 1, check: { type: 'tcp' } }, 5, session, outcome);
}

const newSession = (): Session =>
  new Session(1_000, { trace: true, redact: createRedactor({ token: SECRET }) });

const facts = (text: string): Facts => [
  { name: 'tls.subject', value: text },
  { name: 'dns.answers', value: ['192.0.2.1', text] },
];

/** An observation with this text in one place of it. */
const PLACES: Readonly<Record<string, (text: string) => Observation>> = {
  'the detail of a failure': (text) => observe({ ...FAILED, detail: text }),
  'the detail of a wire error': (text) => observe({ error: new WireError('tls', text) }),
  'the detail of an unmeasured run': (text) => observe({ error: new UnmeasuredError('no_ipv6', text) }),
  'the detail of a bug': (text) => observe({ error: new TypeError(text) }),
  'the detail of a warning': (text) =>
    observe({ outcome: 'ok', degraded: [{ code: 'latency', limit: 1, detail: text }] }),
  'the response body': (text) => observe({ ...FAILED, response: { body: text } }),
  'a response header': (text) => observe({ ...FAILED, response: { headers: { via: text } } }),
  'the name of a response header': (text) => observe({ ...FAILED, response: { headers: { [text]: 'x' } } }),
  'the facts of an ok run': (text) => observe({ outcome: 'ok', facts: facts(text) }),
  'the facts of a failure': (text) => observe({ ...FAILED, facts: facts(text) }),
  'the facts of a wire error': (text) => observe({ error: new WireError('tls', 'untrusted', facts(text)) }),
  'a line of the trace': (text) => {
    const session = newSession();
    session.trace(text);
    return observe({ outcome: 'ok' }, session);
  },
  'sent bytes in the trace': (text) => {
    const session = newSession();
    session.traceBytes('sent', text, ' to 192.0.2.1:53');
    return observe({ outcome: 'ok' }, session);
  },
};

describe.each(Object.entries(PLACES))('in %s', (place, observationWith) => {
  test.each(Object.entries(ENCODINGS))('a secret is redacted %s', (_, form) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const limit of [0, 50, 200, 240, 290, 390, 500, 590, 1_010]) {
      // At each limit of the contract, the cut falls into the secret.
      const observation = observationWith(`${'.'.repeat(limit)}${form}`);
      const text = JSON.stringify(observation);
      expect(() => observationSchema.parse(JSON.parse(text))).not.toThrow();
      for (const part of [form, form.slice(4, 12)]) {
        expect(text, `${place} at ${limit}`).not.toContain(JSON.stringify(part).slice(1, -1));
      }
    }
    expect(JSON.stringify(observationWith(`before ${form} after`))).toContain(REDACTED);
    expect(logged.mock.calls.flat().join()).not.toContain(form.slice(4, 12));
    logged.mockRestore();
  });
});

test('a secret in binary bytes of the trace is redacted in hexadecimal', () => {
  const session = newSession();
  session.traceBytes('received', Buffer.concat([Uint8Array.of(0xff), Buffer.from(SECRET)]));
  const { trace } = observe({ outcome: 'ok' }, session);
  expect(trace?.map(({ text }) => text)).toEqual([`received 0xff${REDACTED}`]);
});

test('texts and lists are cut to the limits of the contract', () => {
  const long = 'x'.repeat(5_000);
  const observation = observe({
    ...FAILED,
    detail: long,
    facts: Array.from({ length: 80 }, () => ({ name: 'dns.answers', value: Array(80).fill(long) })),
    response: {
      body: long,
      headers: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`${at}`, long])),
    },
  });
  expect(observationSchema.safeParse(observation).success).toBe(true);
  expect(observation).toMatchObject({ detail: 'x'.repeat(300), response: { body: 'x'.repeat(1_024) } });
  expect(observation.facts).toHaveLength(64);
  expect(observation.facts?.[0]?.value).toEqual(Array(64).fill('x'.repeat(512)));
  const { headers = {} } = observation.outcome === 'failed' ? (observation.response ?? {}) : {};
  expect(Object.values(headers)).toEqual(Array(32).fill('x'.repeat(256)));
});
