// Owns what every AWS step knows: settings, names, account, code, secrets, clients, and how it waits. Does nothing itself.
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { AwsClients } from './clients.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** With what the probes sign requests. */
export interface ProbeSigning {
  /** Null: the key is not made yet, or the address of the coordinator is not known. */
  variables(): Readonly<Record<SigningVariable, string>> | null;
  /** Whether the coordinator shows targets the public half of the key. */
  isPublished(): Promise<boolean>;
}

/** Variables of a probe that one step of its own sets: the key, and the address of the coordinator. */
export const SIGNING_VARIABLES = ['PROBEMESH_SIGNING_KEY', 'PROBEMESH_SIGNATURE_AGENT'] as const;
type SigningVariable = (typeof SIGNING_VARIABLES)[number];

export interface AwsContext {
  readonly settings: Settings;
  readonly names: Names;
  readonly accountId: string;
  readonly clients: AwsClients;
  /** `zip` has the handlers `index.handler` and `watchdog.handler`; `build` names it. */
  readonly probe: { readonly zip: Uint8Array; readonly build: string };
  /** Keeps a new access key. It counts as made only when this has resolved: until then the next run makes another. */
  readonly onAccessKey: (key: AccessKey) => Promise<void>;
  /** The access key whose secret the deployment has kept. Null: none. */
  readonly existingAccessKeyId: () => string | null;
  /** JSON with the watchdog's key and emergency channel. Null while it is not made yet. */
  readonly watchdogSecrets: () => string | null;
  readonly signing: ProbeSigning;
  /** Address of the coordinator. Null while it is not known yet. */
  readonly coordinatorUrl: () => string | null;
  /** Ids of steps of others that must have ended well before a watchdog can run and a probe can sign: the Worker runs then, and has its address. */
  readonly coordinatorNeeds?: readonly string[];
  readonly log: (line: string) => void;
  /** Tests wait less. */
  readonly wait: (ms: number) => Promise<void>;
}
