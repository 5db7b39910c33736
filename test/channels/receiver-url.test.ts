// Which receivers are allowed: on a deployed Worker, and under `npm start`.
import { describe, expect, test } from 'vitest';
import { validateReceiverUrl } from '../../src/channels/receiver-url.ts';

const deployed = (url: string): string | null => validateReceiverUrl(url, { allowLoopback: false });
const local = (url: string): string | null => validateReceiverUrl(url, { allowLoopback: true });

describe('on a deployed Worker', () => {
  test.each(['https://hooks.example.com/a?b=c', 'https://8.8.8.8/', 'https://[2606:4700::1111]:8443/x'])(
    '%s is an allowed receiver of a deployed Worker',
    (url) => {
      expect(deployed(url)).toBeNull();
    },
  );

  test.each([
    'http://hooks.example.com/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://10.1.2.3/',
    'https://192.168.0.1./',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://db.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://foo.internal./',
    'https://foo.internal../',
    'https://foo.internal.../',
    'https://hooks..example.com/',
    'https://.hooks.example.com/',
    'https://localhost../',
    'https://foo\u3002internal\u3002\u3002/',
    'https://db.localdomain/',
    'https://jira.corp/',
    'https://nas.home/',
    'https://hooks.test/',
    'https://hidden.onion/',
    'https://168.63.129.16/',
    'https://[2001:470:1::5efe:10.0.0.1]/',
    'https://user:pw@hooks.example.com/',
    'ftp://hooks.example.com/',
    'not an address',
  ])('%s is rejected as a receiver of a deployed Worker, with a reason', (url) => {
    expect(deployed(url)).toEqual(expect.stringMatching(/\w+ \w+/));
  });
});

describe('under npm start', () => {
  test.each([
    'http://127.0.0.1:9000/hook',
    'http://127.9.9.9/',
    'http://localhost:1/',
    'http://[::1]:9000/',
    'https://hooks.example.com/',
  ])('%s is an allowed receiver under npm start', (url) => expect(local(url)).toBeNull());

  test.each([
    'http://hooks.example.com/',
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'http://user:pw@127.0.0.1/',
  ])('%s is rejected as a receiver under npm start', (url) => expect(local(url)).not.toBeNull());
});
