// The data behind the pages of the browser tests: every verdict, long names, and a page without monitors.

import { GROUPS, TARGETS } from '../../../scripts/demo/targets.ts';

const monitor = (name: string, port: number, changes: object = {}): object => ({
  name,
  check: { type: 'tcp', host: 'shop.example.com', port },
  intervalSeconds: 60,
  public: true,
  ...changes,
});

const LONG =
  'A payment gateway with a name that goes on and on, averylongwordthatwillnotbreakbyitselfatanyplaceatall';

const SERVICES = [
  monitor('Web shop', 443),
  monitor('Mail, incoming', 993),
  monitor('Database replica', 5432),
  monitor(LONG, 8443),
  monitor('<b>Search</b> & find', 9200),
];

const CALM = { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 };

const NAMES = [
  'Kreditkartenzahlungsabwicklung und Rechnungsstellung',
  'https://status.example.com/a/very/long/path/that/does/not/end',
  'Web 10',
  'web 2',
  '支払いゲートウェイのとても長い名前のサービスです',
  'x'.repeat(120),
  'Service 👩‍🚀 «größte» Störung',
];

export const SCENES: Record<string, object> = {
  /** The image in the README: the demo of `npm start` with its made-up past, and its web shop down. */
  readme: {
    past: true,
    monitors: TARGETS.map(({ name, title }, index) =>
      monitor(title, 8000 + index, { id: name, group: GROUPS[name] ?? null }),
    ),
    phases: [CALM, { ...CALM, 1: 6 }],
  },
  names: {
    monitors: NAMES.map((name, index) => monitor(name, 8000 + index, { id: `m${index}` })),
    phases: [
      { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0 },
      { 1: 6, 2: 3, 3: 0, 4: 1, 5: 0, 6: 6, 7: 0 },
    ],
    maintenances: [{ name: `Work on ${NAMES[0]}`, monitors: ['m3', 'm4'], durationMinutes: 90 }],
  },
  empty: { monitors: [], phases: [] },
  operational: { monitors: SERVICES, phases: [CALM, { ...CALM, 2: 1 }] },
  degraded: {
    monitors: SERVICES,
    phases: [CALM, CALM],
    degraded: {
      1: [{ code: 'latency', limit: 500, detail: 'it took 812 ms' }],
      4: [
        { code: 'loss', limit: 20, detail: '3 of 10 handshakes were lost' },
        { code: 'certificate', limit: 14, detail: 'it expires in 9 days' },
      ],
    },
  },
  partial: {
    monitors: SERVICES,
    phases: [CALM, { ...CALM, 3: 5 }, { ...CALM, 1: 6, 2: 2, 4: 1 }],
    after: [monitor('Reporting', 8080, { paused: true }), monitor('New service', 8081)],
  },
  major: { monitors: SERVICES, phases: [CALM, { 1: 6, 2: 6, 3: 5, 4: 6, 5: 0 }], laterMs: 100_000 },
  'no data': { monitors: SERVICES, phases: [CALM, { ...CALM, 1: 6 }], laterMs: 3_900_000 },
  stopped: { monitors: SERVICES, phases: [CALM, CALM], laterMs: 400_000 },
  impaired: {
    monitors: SERVICES,
    phases: [CALM, CALM],
    channels: [
      {
        type: 'webhook',
        name: 'On call',
        enabled: false,
        config: {
          url: 'https://hooks.acme.dev/probemesh',
          secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
        },
      },
    ],
  },
  maintenance: {
    monitors: SERVICES,
    phases: [CALM, { ...CALM, 2: 6 }],
    maintenances: [
      { name: 'Mail server upgrade', monitors: ['mail-incoming'], durationMinutes: 90 },
      {
        name: 'Database backup',
        monitors: ['database-replica', 'web-shop'],
        cron: '0 2 * * *',
        durationMinutes: 30,
      },
    ],
  },
};
