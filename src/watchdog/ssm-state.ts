// Owns the parameters of the watchdog in SSM: what each region remembers, and the secrets. Limits the time of every call, so
// that an outage of SSM delays no alert. Does not decide what a missing parameter means.
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** A run lasts a minute at most, and most of it belongs to the coordinator and to the emergency channel. */
const CONNECT_TIMEOUT_MS = 1_500;
const REQUEST_TIMEOUT_MS = 3_000;
const ATTEMPTS = 2;

export interface Parameters {
  /** Null: it does not exist. Throws if it cannot be read. */
  read(region: string, name: string): Promise<string | null>;
  write(region: string, name: string, value: string): Promise<void>;
}

/** The client takes its credentials, and the endpoint of a local AWS, from the environment. */
export function ssmParameters(): Parameters {
  const clients = new Map<string, SSMClient>();
  const clientOf = (region: string): SSMClient => {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const client = new SSMClient({
      region,
      maxAttempts: ATTEMPTS,
      requestHandler: {
        ...{ connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
        throwOnRequestTimeout: true,
      },
    });
    clients.set(region, client);
    return client;
  };
  return {
    async read(region, name) {
      try {
        const { Parameter } = await clientOf(region).send(
          new GetParameterCommand({ Name: name, WithDecryption: true }),
        );
        return Parameter?.Value ?? null;
      } catch (error) {
        if (error instanceof ParameterNotFound) return null;
        throw error;
      }
    },
    async write(region, name, value) {
      await clientOf(region).send(
        new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }),
      );
    },
  };
}
