// Owns the icons of the navigation. They are decoration: the label beside each has the meaning.

const PATHS = {
  overview: 'M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z',
  monitors: 'M3 12h4l3-8 4 16 3-8h4',
  incidents: 'M12 3.5l9.5 16.5h-19zM12 10v4.5M12 17v.1',
  locations:
    'M12 21s-7-6.2-7-11.2a7 7 0 0 1 14 0C19 14.8 12 21 12 21zM12 12.3a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  notifications: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15zM10 21h4',
  maintenance: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4',
  pages: 'M3.5 5h17v14h-17zM3.5 9.5h17M7 14h6',
  reports: 'M5 20V10M11 20V4M17 20v-7M3 20h18',
  configuration: 'M8.5 6L3 12l5.5 6M15.5 6l5.5 6-5.5 6',
  audit: 'M6 3.5h12v17H6zM9 8h6M9 12h6M9 16h3.5',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  account: 'M12 11.5a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6zM4.5 20.5a7.5 7.5 0 0 1 15 0',
} as const;

export type SectionIcon = keyof typeof PATHS;

export const SectionIconImage = ({ name }: { name: SectionIcon }) => (
  <svg
    class="section-icon"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
);
