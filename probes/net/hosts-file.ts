// Owns the names of the machine's hosts file (hosts(5)). Does not query name servers.
// Own code: the packages for it keep one address of a name and compare names by case. dns.lookup reads the file as well, but
// its four threads would delay parallel runs.
import fs from 'node:fs';
import net from 'node:net';

/** The addresses of a name in lower case, without a final dot: IPv4 first, each once. Empty if the file has none. */
export type HostsFile = (name: string) => readonly string[];

const SYSTEM_PATH =
  process.platform === 'win32'
    ? `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts';

type Names = ReadonlyMap<string, readonly string[]>;

/** The last version that was read of each file: a probe that stays warm parses an unchanged file once. */
const known = new Map<string, { readonly version: string; readonly names: Names }>();

/** The file as it is now. A missing or unreadable file has no names. */
export function readHostsFile(path = SYSTEM_PATH): HostsFile {
  const names = namesOf(path);
  return (name) => names.get(name) ?? [];
}

function namesOf(path: string): Names {
  try {
    // Synchronous, because the file is local and small, and a read of its own thread takes longer.
    const { ino, size, mtimeNs, ctimeNs } = fs.statSync(path, { bigint: true });
    const version = [ino, size, mtimeNs, ctimeNs].join();
    const last = known.get(path);
    if (last?.version === version) return last.names;
    const names = parseHosts(fs.readFileSync(path, 'utf8'));
    known.set(path, { version, names });
    return names;
  } catch {
    return new Map();
  }
}

/** `address name alias … # comment`. A name may stand in several lines. Skips lines without a literal address. */
export function parseHosts(text: string): Names {
  const names = new Map<string, string[]>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const [address = '', ...aliases] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    // An address with a zone, such as fe80::1%lo0, is link-local: no probe may connect to it.
    if (net.isIP(address) === 0 || address.includes('%')) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase().replace(/\.$/, '');
      const addresses = names.get(name) ?? [];
      if (!addresses.includes(address)) addresses.push(address);
      names.set(name, addresses);
    }
  }
  for (const addresses of names.values()) addresses.sort((a, b) => net.isIP(a) - net.isIP(b));
  return names;
}
