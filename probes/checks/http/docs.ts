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
      'The connection, the response or what is expected of its body did not arrive within `timeoutMs`. An application that hangs behind an open port fails like this.',
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
      'http. Each hop passes name resolution and the address guard like the first.',
    '**Cookies**: the check keeps the cookies that redirects set until the run ends, so a login that leads back to its page ' +
      'succeeds. A cookie goes only to the hosts, paths and schemes that it belongs to (RFC 6265bis). If a redirect sets a ' +
      'cookie that your `cookie` header has as well, the new value replaces yours. A redirect to the same URL with the same ' +
      'cookies is a circle. A debug run shows the names of cookies, not their values.',
    '**End of the body**: a body with a `content-length` must arrive whole. A body without one may never end, as with ' +
      'server-sent events and streams, so the run ends once everything expected has arrived: at the headers if there is no ' +
      'assertion on the body, or with the text that `contains` or `matches` finds. If the body breaks off within the next 200 ms, ' +
      'the check fails. `jsonPath` waits for a whole JSON document. A pattern that matches at the end of the text only needs the whole body. `notContains` ' +
      'is judged at the end of the body, or after `timeoutMs` on what has arrived. Waiting for that does not count as latency.',
    '**Secrets**: define them in `secrets` and use them as `{{name}}` in header values and the body. A header that carries ' +
      'credentials must use one. The probe redacts secrets that a server echoes from everything that it reports.',
    '**Response**: the probe reads the first MiB of the body, decompressed, or 256 KiB if the check has no assertion on the body. ' +
      '`notContains` searches that part only. `matches` uses RE2 syntax and takes time in proportion to the text; a large pattern ' +
      'searches less of a long body. If a JSONPath finds several values, all of them must meet the assertion.',
    '**Encoding**: the probe decodes the body as browsers do: by its byte order mark, else the `charset` of `content-type`, else ' +
      'the `<meta>` or XML declaration in its first 1,024 bytes. If nothing declares an encoding, it is UTF-8. Text that has bytes ' +
      'beyond ASCII and no valid UTF-8 character is windows-1252, unless it is JSON or XML.',
    '**Invalid HTTP**: the probe accepts what browsers and curl accept, such as a `content-length` beside chunks, header names ' +
      'with spaces, lines without a colon, bare line feeds and control characters. The fact `http.tolerated` and the debug run ' +
      'name what was tolerated. Headers may have up to 64 KiB. Lengths that contradict each other, invalid chunks and a ' +
      'body that is cut off fail the check.',
    '**WebSocket**: to check a WebSocket server, send the headers `upgrade: websocket`, `sec-websocket-version: 13` and ' +
      '`sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==`, and expect the status 101. The probe sends `connection: Upgrade` itself and ' +
      'closes the connection after the response.',
    '**Numbers** in JSON compare exactly, in `equals` and in filters. A JavaScript number rounds 9007199254740993, so such a number ' +
      'is stored and shown as its text, and `"equals": "9007199254740993"` equals this number in a body.',
    '**TLS**: `minVersion`, `maxVersion` and `legacyTls` apply to every hop. `refuseVersions` and `clientCertificate` apply to the ' +
      'host of `url`, as in a [tls](tls.md) check. With `"clientCertificate": "required"` the server must refuse the handshake, or ' +
      'answer with 400, 401, 403, 495 or 496. The check then ignores `status` and does not follow redirects.',
    '**Signature**: with `"sign": true`, each request has the headers `signature`, `signature-input` and `signature-agent`, for ' +
      'its own host and 60 seconds. [Operations](../guide/operations.md#how-a-target-recognises-the-probes) explains the key, and how ' +
      'a target verifies them. A probe without the key measures nothing: `unmeasured`, with the reason `unknown_check`.',
    '**Request**: HTTP/1.1 with `user-agent`, `accept: */*` and `accept-encoding: gzip`, which `headers` can override. A `host` ' +
      'header selects another virtual host, also in TLS. A body has no content-type unless `headers` sets one.',
  ].join('\n\n'),
  references: [
    { title: 'RFC 9110, HTTP Semantics', url: 'https://www.rfc-editor.org/rfc/rfc9110' },
    { title: 'RFC 9112, HTTP/1.1', url: 'https://www.rfc-editor.org/rfc/rfc9112' },
    { title: 'RFC 9421, HTTP Message Signatures', url: 'https://www.rfc-editor.org/rfc/rfc9421' },
    { title: 'RFC 6265bis, Cookies', url: 'https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/' },
    {
      title: 'WHATWG HTML, encoding sniffing',
      url: 'https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding',
    },
    { title: 'RFC 9535, JSONPath', url: 'https://www.rfc-editor.org/rfc/rfc9535' },
    { title: 'RE2 syntax', url: 'https://github.com/google/re2/wiki/Syntax' },
  ],
};
