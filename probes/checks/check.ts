// Owns the interface of every check and of the wire that it uses. Checks do not import node:*, since the Worker loads the
// same files for their schemas. The wire owns timeouts, phase timings, closing and the address guard.
import type { z } from 'zod';
import type { CapturedResponse, Degraded, Facts, FailureCode, Phase, Samples } from '../contract/index.ts';
import type { TlsFacts, TlsOptions } from './tls-session.ts';

export type { ChainCertificate, TlsFacts, TlsOptions } from './tls-session.ts';

/** The host and port to connect to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly path: string;
  /** Includes `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The limit for reading the body, in bytes, before and after decompression. The wire does not read the rest. */
  readonly maxBodyBytes: number;
  /** Bytes of the body to return, if fewer. The wire reads the rest, to see that it arrives, and drops it. */
  readonly keptBodyBytes?: number | undefined;
  /**
   * Judges a response whose length is not given, at its headers and as its body arrives: such a body may never end. Without
   * it, every body must end. `isLast`: the time is up, so this is the last judgement.
   */
  readonly judge?: ((soFar: Omit<HttpResponse, 'idleMs'>, isLast: boolean) => Progress) | undefined;
}

/**
 * `decided`: no further byte can change the outcome of the check. `decided_at_deadline`: only a text that must not come
 * can, so what has arrived by then decides. `undecided`: a body that does not end in time is a timeout.
 */
export type Progress = 'decided' | 'decided_at_deadline' | 'undecided';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. Repeated headers are joined with ", ". The first `location` and the last `content-type` count. */
  readonly headers: Readonly<Record<string, string>>;
  /** The values of `set-cookie`, which cannot be joined. */
  readonly setCookies: readonly string[];
  /** What a strict client would refuse and the wire tolerated, in words without any value. */
  readonly oddities: readonly string[];
  /** Decoded as browsers do: byte order mark, content-type, what the document declares, UTF-8. */
  readonly body: string;
  /** The body is longer than maxBodyBytes. */
  readonly truncated: boolean;
  /** How long the wire waited after everything expected had arrived, in ms: not the target's time. */
  readonly idleMs: number;
}

/** A line that the connection has not taken yet. */
export interface PeekedLine {
  readonly bytes: Uint8Array;
  /** Its line break has arrived. */
  readonly isWhole: boolean;
}

/**
 * An open connection. Every method fails with a WireError if the peer or the path fails, or at the deadline. All bytes
 * read count towards a limit, beyond which the peer fails with `unexpected_reply`.
 */
export interface Connection {
  /** The literal address that responded. */
  readonly address: string;
  /** The duration of the handshake. */
  readonly connectMs: number;
  /**
   * Waits slightly longer than one round trip. Fails with `reset` if the peer accepts and resets at once, as a proxy
   * without its service does. A peer that sends data or closes cleanly ends the wait early.
   */
  waitForImmediateReset(): Promise<void>;
  /** Passes bytes (text as UTF-8) to the kernel. Does not wait for the peer. */
  write(data: string | Uint8Array): void;
  /** The next line without its CR LF or LF, as UTF-8; null if the peer ends before a whole line. */
  readLine(): Promise<string | null>;
  /** Exactly `count` bytes; null if the peer ends before. */
  readBytes(count: number): Promise<Uint8Array | null>;
  /** The bytes that have arrived, at least one; null if the peer has ended. */
  readSome(): Promise<Uint8Array | null>;
  /**
   * The next line without taking it: the whole line, or its first bytes once more than `seen` of them have arrived. Null if
   * the peer ends before. `idle` if nothing arrives for `idleMs`.
   */
  peekLine(seen: number): Promise<PeekedLine | null>;
  peekLine(seen: number, idleMs: number): Promise<PeekedLine | null | 'idle'>;
  /** Takes the bytes that have arrived and that no step has read. Waits for none. */
  discardArrived(): Uint8Array;
  /** Starts TLS on this connection, before or after other bytes. Everything after it is encrypted. */
  startTls(options: TlsOptions): Promise<TlsFacts>;
  /** One HTTP/1.1 exchange (RFC 9112). The connection cannot be used afterwards. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Sends FIN (half-close). The wire makes sure that it is delivered, and gives the peer a short time to send its own. */
  end(): void;
  /** Sends FIN and waits a short time for the peer's FIN. */
  close(): Promise<void>;
}

/** How the wire connects. */
export interface ConnectionOptions {
  /** The limit for all addresses together. By default, the run's own timeout is the only limit. */
  readonly timeoutMs?: number;
  /** An address that accepts and resets at once counts as failed, and the wire tries the next one. */
  readonly staysOpen?: boolean;
}

/**
 * Datagrams to the addresses of one name, in turn, from sockets that receive from these peers only. An ICMP refusal is a
 * WireError{refused} once every address has failed; before, the wire sends the datagram to the next address.
 */
export interface Datagrams {
  /** The literal address of the latest answer, or the first address before any. */
  readonly address: string;
  /** The number of addresses that the datagrams go to. */
  readonly addressCount: number;
  /** To the next address. */
  send(data: string | Uint8Array): void;
  /** The next datagram of any of them. Fails with `timeout` after `timeoutMs`, if given, and at the deadline of the run. */
  receive(timeoutMs?: number): Promise<Uint8Array>;
}

/** Signs requests, so that a target recognises them as this mesh's. */
export interface RequestSigner {
  /** Names the public key in the directory of `agent`. */
  readonly keyId: string;
  /** The https:// address whose directory has the public key. */
  readonly agent: string;
  /** Base64, different for each request. */
  nonce(): string;
  /** The Ed25519 signature of the text (one byte per character), in base64. */
  sign(text: string): string;
}

/** What a check can do on the network. The wire records timings, phases and the trace. */
export interface Wire {
  /**
   * Resolves the host, checks every address against the guard, then connects to the first address that accepts (RFC 8305).
   * Fails if every address fails, after `timeoutMs`, if given, and at the deadline of the run.
   */
  connect(target: Target, options?: ConnectionOptions): Promise<Connection>;
  /** The same over UDP. Sends nothing yet. */
  datagrams(target: Target): Promise<Datagrams>;
  /** The name server that this location itself uses: the only target that the address guard does not check. */
  nameServer(): Target;
  /** The location's name server gave an answer about the name. Without it, the run doubts the location, not the name. */
  nameServerAnswered(): void;
  /** The key of this mesh. Without one, the location itself is at fault. */
  signer(): RequestSigner;
  /** Ms until the deadline of the run. */
  remainingMs(): number;
  /** Resolves after `ms`. Fails with `timeout` if the deadline is earlier. */
  pause(ms: number): Promise<void>;
  /** Runs a step whose phases do not count in the timings of the run. */
  untimed<T>(step: () => Promise<T>): Promise<T>;
  /** One line for a debug run. The wire redacts secrets. */
  trace(text: string): void;
  /** The text without the run's secrets. Only for a text that the check cuts: the runner redacts whatever it reports. */
  redact(text: string): string;
}

/**
 * The result of a conversation. If it has several samples, their mean is the run's connect time. The runner adds times and
 * addresses, and turns a WireError into `failed`.
 */
export type CheckOutcome = { readonly facts?: Facts; readonly samples?: Samples } & (
  | { readonly outcome: 'ok'; readonly degraded?: Degraded[] }
  | {
      readonly outcome: 'failed';
      readonly code: FailureCode;
      readonly detail: string;
      readonly phase?: Phase;
      readonly response?: CapturedResponse;
    }
);

export type Failed = Extract<CheckOutcome, { outcome: 'failed' }>;

/** The target responded, but not as expected. `response` is what it sent, if that adds to the sentence. */
export const unexpectedReply = (detail: string, response?: CapturedResponse): Failed => ({
  outcome: 'failed',
  code: 'unexpected_reply',
  phase: 'reply',
  detail,
  ...(response === undefined ? {} : { response }),
});

/**
 * A failure of the target or of the path to it. Only the wire throws it. A check may catch it if a failure is what it
 * expects. All other errors of the wire are the location's own fault, and a check must not catch them.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: FailureCode;
  /** What the run learned before it failed, such as a certificate that is not trusted. */
  readonly facts: Facts | undefined;
  constructor(code: FailureCode, message: string, facts?: Facts) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** Options that every check has. `secrets` exists only if the check can use them. */
export interface BaseOptions {
  readonly type: string;
  readonly timeoutMs: number;
  readonly addresses?: 'any' | 'all' | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** In every check, these options define neither what it measures nor what is ok. */
export const COMMON_NON_TARGET_OPTIONS: readonly string[] = ['timeoutMs', 'secrets', 'maxLatencyMs'];

/** The target of a check, known before it runs: target rules, notifications and pages use it. */
export interface CheckTarget extends Target {
  readonly transport: 'tcp' | 'udp';
  /** The options to change if a rule rejects this target. */
  readonly fields: { readonly host: string; readonly port: string };
}

/** A place that a check sends a secret to, known before it runs. */
export interface SecretUse {
  readonly name: string;
  /** Scheme, host and port, and the name of the server if it is another: `https://shop.example.com`. */
  readonly origin: string;
  /** Whose certificates prove the origin: `system`, `any`, or the PEM of `ca`. Null without encryption. */
  readonly trust: string | null;
}

/** The documentation of a check. Its options and their descriptions come from the schema. */
export interface CheckDocs {
  /** What ok means, in one sentence. */
  readonly summary: string;
  /** Options of a typical monitor. */
  readonly example: Readonly<Record<string, unknown>> & { readonly type: string };
  /** What a failure code means here, besides COMMON_FAILURES. Null removes a code that the check never reports. */
  readonly failures: Partial<Readonly<Record<FailureCode, string | null>>>;
  /** What turns an ok run into a warning; null if nothing does. */
  readonly degraded: string | null;
  /** Further text for the page, in Markdown. May be empty. */
  readonly notes: string;
  readonly references: readonly { readonly title: string; readonly url: string }[];
}

/** A check: its type name, its options, its documentation, and its conversation. */
export interface Check<S extends z.ZodType<BaseOptions> = z.ZodType<BaseOptions>> {
  readonly type: string;
  readonly options: S;
  readonly docs: CheckDocs;
  /**
   * Options besides COMMON_NON_TARGET_OPTIONS that define neither what the check measures nor what is ok, such as when to
   * warn. A change of any other option resets the monitor's state.
   */
  readonly nonTargetOptions?: readonly (keyof z.output<S> & string)[];
  /** Null if the check has no target of its own: it uses the name server of the location. */
  target(options: z.output<S>): CheckTarget | null;
  /**
   * Where the check sends which secret: the API asks for a value again before it goes to another origin, or to the same
   * one under a weaker trust. Without this function, every secret goes to the target, under the options `trust` and `ca`.
   */
  secretUses?(options: z.output<S>): SecretUse[];
  /**
   * Whether the check is ok only if it is ok at every address of its target: the runner then runs it against each. Without
   * this function, `"addresses": "all"` decides.
   */
  needsEveryAddress?(options: z.output<S>): boolean;
  /**
   * Whether the check may run again, with another address, after an address reset the connection before it sent anything.
   * Without this function, it may.
   */
  isRepeatable?(options: z.output<S>): boolean;
  run(options: z.output<S>, wire: Wire): Promise<CheckOutcome>;
}

/** Infers the type of the options. */
export function defineCheck<S extends z.ZodType<BaseOptions>>(check: Check<S>): Check<S> {
  return check;
}
