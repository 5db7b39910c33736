// Owns the documentation of the http check.
import type { CheckDocs } from '../check.ts';

export const httpDocs: CheckDocs = {
  summary: 'After following redirects, the response has the expected status and body.',
  example: {
    type: 'http',
    url: 'https://shop.example.com/health',
    headers: { authorization: 'Bearer {{token}}' },
    jsonPath: [{ path: '$.status', equals: 'ok' }],
    secrets: { token: 'a long random string' },
  },
  failures: {
    timeout:
      'The connection, the response or the end of its body did not arrive within `timeoutMs`. An application that hangs behind an open port fails like this.',
    reset: 'The target reset the connection before the response was complete.',
    dns: 'The host name, or that of a redirect, has no address.',
    tls: 'The TLS handshake failed, the certificate is not trusted, or the server accepts what `refuseVersions` or `clientCertificate` forbids.',
    unexpected_reply:
      'The status or the body is not as expected, the response is not valid HTTP or ended too early, or a redirect cannot be followed.',
    forbidden_address:
      'The host name, or that of a redirect, resolves to an address that probes may not connect to.',
  },
  degraded:
    'A certificate in the chain of a hop expires within one of `certificateDays`, or the run takes longer than `maxLatencyMs`.',
  notes: [
    '**Redirects**: the check follows up to `redirects` redirects. If the status of a redirect is among the expected ones, that ' +
      'response is the last. 303 switches to GET; 301 and 302 do so after a POST; 307 and 308 repeat the request. To another ' +
      'origin (scheme, host or port), the check does not send `authorization`, `cookie`, `host`, other credentials, or a header ' +
      'with a secret. It does not send a body with a secret there: the run fails. It does not follow redirects from https to ' +
      'http, and it does not keep cookies. Each hop passes name resolution and the address guard like the first.',
    '**Secrets**: define them in `secrets` and use them as `{{name}}` in header values and the body. A header that carries ' +
      'credentials must use one. The probe redacts secrets that a server echoes from everything that it reports.',
    '**Response**: the probe reads the first MiB of the body, decompressed, or 256 KiB if the check has no assertion on the body. ' +
      '`notContains` searches that part only. `matches` uses RE2 syntax and takes time in proportion to the text; a large pattern ' +
      'searches less of a long body. If a JSONPath finds several values, all of them must meet the assertion.',
    '**Numbers** in JSON compare exactly, in `equals` and in filters. A JavaScript number rounds 9007199254740993, so such a number ' +
      'is stored and shown as its text, and `"equals": "9007199254740993"` equals this number in a body.',
    '**TLS**: `minVersion`, `maxVersion` and `legacyTls` apply to every hop. `refuseVersions` and `clientCertificate` apply to the ' +
      'host of `url`, as in a [tls](tls.md) check. With `"clientCertificate": "required"` the server must refuse the handshake, or ' +
      'answer with 400, 401, 403, 495 or 496. The check then ignores `status` and does not follow redirects.',
    '**Request**: HTTP/1.1 with `user-agent`, `accept: */*` and `accept-encoding: gzip`, which `headers` can override. A `host` ' +
      'header selects another virtual host, also in TLS. A body has no content-type unless `headers` sets one.',
  ].join('\n\n'),
  references: [
    { title: 'RFC 9110, HTTP Semantics', url: 'https://www.rfc-editor.org/rfc/rfc9110' },
    { title: 'RFC 9112, HTTP/1.1', url: 'https://www.rfc-editor.org/rfc/rfc9112' },
    { title: 'RFC 9535, JSONPath', url: 'https://www.rfc-editor.org/rfc/rfc9535' },
    { title: 'RE2 syntax', url: 'https://github.com/google/re2/wiki/Syntax' },
  ],
};
