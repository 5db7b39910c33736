// What vendors send when a person presses a button: whether the vendor signed it, and what it says.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  nameOf,
  readPagerDutyInteraction,
  readSlackInteraction,
} from '../../../src/services/incidents/interaction-payloads.ts';
import {
  isPagerDutySignature,
  isSlackSignature,
} from '../../../src/services/incidents/interaction-signatures.ts';
import {
  pagerDutyEvent,
  pagerDutySignature,
  slackBody,
  slackHeaders,
} from '../../support/vendors/interactions.ts';

const NOW = 1_800_000_000_000;

describe('the signature of Slack', () => {
  /** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack. */
  test('of the documented example is valid', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      timestamp: '1531420618',
      signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const isValid = (now: number) => isSlackSignature('8f742231b10e8888abcd99yyyzzz85a5', headers, body, now);
    expect(isValid(1_531_420_618_000)).toBe(true);
    expect(isValid(1_531_420_618_000 + 300_001)).toBe(false);
    expect(isValid(1_531_420_618_000 - 300_001)).toBe(false);
  });

  test('of another secret, another body, another time, or none is not valid', () => {
    const headers = slackHeaders('secret', 'payload=x', NOW);
    const isValid = (secret: string, body: string, more = {}) =>
      isSlackSignature(secret, { ...headers, ...more }, body, NOW);
    expect(isValid('secret', 'payload=x')).toBe(true);
    expect(isValid('Secret', 'payload=x')).toBe(false);
    expect(isValid('secret', 'payload=y')).toBe(false);
    expect(isValid('secret', 'payload=x', { timestamp: String(NOW / 1_000 + 1) })).toBe(false);
    expect(isValid('secret', 'payload=x', { timestamp: undefined })).toBe(false);
    expect(isValid('secret', 'payload=x', { timestamp: 'NaN' })).toBe(false);
    expect(isValid('secret', 'payload=x', { signature: undefined })).toBe(false);
    expect(isValid('secret', 'payload=x', { signature: headers.signature.toUpperCase() })).toBe(false);
  });
});

describe('the signature of PagerDuty', () => {
  test('is valid if one of several matches, as during a rotation of the secret', () => {
    const body = '{"event":{}}';
    const good = pagerDutySignature('secret', body);
    expect(isPagerDutySignature('secret', good, body)).toBe(true);
    expect(isPagerDutySignature('secret', `v1=${'0'.repeat(64)},${good}`, body)).toBe(true);
    expect(isPagerDutySignature('secret', `v1=${'0'.repeat(64)}`, body)).toBe(false);
    expect(isPagerDutySignature('secret', good, `${body} `)).toBe(false);
    expect(isPagerDutySignature('secret', undefined, body)).toBe(false);
    expect(isPagerDutySignature('secret', '', body)).toBe(false);
    const other = createHmac('sha256', 'secret').update(body).digest('hex');
    expect(isPagerDutySignature('secret', other, body)).toBe(false);
  });
});

describe('a button of Slack', () => {
  test('names the incident, the person, the click and where a reply goes', () => {
    expect(readSlackInteraction(slackBody('inc_1'))).toEqual({
      ...{
        incidentId: 'inc_1',
        person: 'ada',
        requestId: '13345224609.738474920.8088930838d88f008e0 1548426417.840180 U0CA5',
      },
      replyUrl: 'https://hooks.slack.com/actions/T0/1/abc',
    });
  });

  test('with an address and no value, another button, another payload, or garbage does nothing', () => {
    const payload = (value: unknown) => new URLSearchParams({ payload: JSON.stringify(value) }).toString();
    for (const body of [
      slackBody('inc_1', { actions: [{ action_id: 'acknowledge', type: 'button' }] }),
      slackBody('inc_1', { actions: [{ action_id: 'other', value: 'inc_1' }] }),
      slackBody('inc_1', { type: 'view_submission' }),
      slackBody('inc_1', { actions: 'acknowledge' }),
      slackBody("inc_1' or 1=1"),
      ...[payload(null), payload([]), payload('x'), 'payload={', '', '\u0000'],
    ])
      expect([body, readSlackInteraction(body)]).toEqual([body, null]);
  });

  test.each(['https://evil.test/x', 'http://hooks.slack.com/x', 'https://hooks.slack.com.evil.test/', 7])(
    'with the reply address %s gets no reply there',
    (address) => {
      expect(readSlackInteraction(slackBody('inc_1', { response_url: address }))?.replyUrl).toBeNull();
    },
  );
});

describe('an event of PagerDuty', () => {
  test('names the incident by its dedup key, and the person', () => {
    expect(readPagerDutyInteraction(pagerDutyEvent('inc_1', NOW), NOW)).toEqual({
      ...{ incidentId: 'inc_1', person: 'Earline Greenholt', replyUrl: null },
      requestId: '5ac64822-4adc-4fda-ade0-410becf0de4f',
    });
  });

  test('of another type, of another incident, too old, or garbage does nothing', () => {
    for (const body of [
      pagerDutyEvent('inc_1', NOW, { event_type: 'incident.resolved' }),
      pagerDutyEvent('inc_1', NOW, { event_type: 'pagey.ping' }),
      pagerDutyEvent('', NOW),
      pagerDutyEvent('inc_1', NOW - 25 * 3_600_000),
      pagerDutyEvent('inc_1', NOW, { occurred_at: 'yesterday' }),
      pagerDutyEvent('inc_1', NOW, { id: 7 }),
      ...['{', 'null', '[]', '{"event":[]}', ''],
    ])
      expect([body, readPagerDutyInteraction(body, NOW)]).toEqual([body, null]);
  });
});

test.each([
  ['Ada\r\nset-cookie: x', 'Ada set-cookie: x'],
  ['\u202eadA', 'adA'],
  [`${'x'.repeat(79)}😀`, 'x'.repeat(79)],
  [7, ''],
  [undefined, ''],
])('the name %j becomes one line of whole characters', (given, name) => {
  expect(nameOf(given)).toBe(name);
});
