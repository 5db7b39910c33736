// Owns the addresses of the pages and forms of the dashboard in a mesh with one of everything: see d1/whole-mesh.ts.

/** Ids by the name that a path has for them. */
export type Ids = Readonly<Record<string, string>>;

/** Pages and forms that only a heartbeat has. */
const OF_JOB = /\/monitors\/:id\/(ping-address|pings|rotate-key)$/;

/** The path of a page or of a form, with the ids of the mesh. Fails for a parameter that nothing is known for. */
export const pathWith = (path: string, ids: Ids): string =>
  path.replaceAll(/\/([^/:]+)\/:([a-zA-Z]+)|\/:([a-zA-Z]+)/g, (_, collection, first, other) => {
    const name: string = first === 'id' ? collection : (first ?? other);
    const value = ids[name === 'monitors' && OF_JOB.test(path) ? 'jobs' : name];
    if (value === undefined) throw new Error(`d1/whole-mesh.ts makes nothing for ${name} of ${path}`);
    return collection === undefined ? `/${value}` : `/${collection}/${value}`;
  });

/** What the pages of the dashboard read of their address. A page ignores what it does not know. */
const PARAMETERS = [
  ...[
    'action',
    'address',
    'after',
    'at',
    'below',
    'by',
    'channel',
    'day',
    'do',
    'done',
    'event',
    'from',
    'group',
    'id',
  ],
  ...[
    'kind',
    'location',
    'monitor',
    'moved',
    'open',
    'order',
    'outcome',
    'page',
    'public',
    'q',
    'range',
    'state',
  ],
  ...['tag', 'target', 'template', 'timeZone', 'to', 'type', 'verify'],
];

/** The page as somebody links to it: every parameter has this value. */
export const linkedWith = (path: string, value: string): string =>
  `${path}?${new URLSearchParams(Object.fromEntries(PARAMETERS.map((name) => [name, value])))}`;
