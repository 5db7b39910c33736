// Owns what every AWS step knows: settings, names, account, code, secrets, clients, and how it waits. Does nothing itself.
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { AwsClients } from './clients.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

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
  /** Address of the coordinator. Null while it is not known yet. */
  readonly coordinatorUrl: () => string | null;
  /** Ids of steps of others that must have ended well before a watchdog can run: the Worker has its address then. */
  readonly watchdogNeeds?: readonly string[];
  readonly log: (line: string) => void;
  /** Tests wait less. */
  readonly wait: (ms: number) => Promise<void>;
}
