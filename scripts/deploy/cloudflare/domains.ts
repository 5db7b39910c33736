// Owns the question whether a domain of the settings is free: wrangler without a terminal replaces the DNS records that a name has,
// and takes a domain from another Worker. The deployment of the Worker adds the domains.
import type { Step } from '../step.ts';
import type { CloudflareContext } from './context.ts';

export const DOMAINS_STEP = 'cloudflare/domains';

export interface DomainsOptions {
  readonly hasRecords: (host: string) => Promise<boolean>;
  /** A person agreed to that. */
  readonly replacesDns: boolean;
}

export function domainsStep(context: CloudflareContext, { hasRecords, replacesDns }: DomainsOptions): Step {
  const { settings } = context;
  const hosts = [...(settings.domain === null ? [] : [settings.domain]), ...settings.pageDomains];
  return {
    id: DOMAINS_STEP,
    title: hosts.length === 0 ? 'address on workers.dev' : `DNS names ${hosts.join(', ')}`,
    needs: [],
    async inspect() {
      const variables = (await context.worker())?.variables ?? {};
      const own = new Set([
        (variables.PUBLIC_URL ?? '').replace(/^https:\/\//, ''),
        ...(variables.PAGE_HOSTS ?? '').split(','),
      ]);
      const added = hosts.filter((host) => !own.has(host));
      const used = await Promise.all(added.map(hasRecords));
      const taken = added.filter((_, index) => used[index]);
      return taken.length === 0 || replacesDns
        ? { state: 'same', detail: added.length === 0 ? 'in use by this mesh' : 'free' }
        : {
            state: 'foreign',
            detail: `${taken.join(', ')} has DNS records now, which would be replaced. Add --replace-dns to replace them.`,
          };
    },
    apply: async () => undefined,
  };
}
