// Owns the icons, which differ in shape as well as in colour. Icons are decoration: the text next to them has the meaning.

const SHAPES = {
  good: 'M8 12.5l2.8 2.8L16.2 9.5',
  warn: 'M12 7.6v5.4M12 16.2v.1',
  bad: 'M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4',
  no_data: 'M9.6 9.6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2.9-1.2 1.7M12 16.4v.1',
  calm: 'M10 8.8v6.4M14 8.8v6.4',
} as const;

const OUTLINES = {
  good: <circle cx="12" cy="12" r="9.2" />,
  warn: <path d="M12 2.9l9.6 17.3H2.4z" stroke-linejoin="round" />,
  bad: <path d="M8.2 2.8h7.6l5.4 5.4v7.6l-5.4 5.4H8.2l-5.4-5.4V8.2z" stroke-linejoin="round" />,
  no_data: <circle cx="12" cy="12" r="9.2" stroke-dasharray="3.4 2.4" />,
  calm: <circle cx="12" cy="12" r="9.2" />,
} as const;

export type Tone = keyof typeof SHAPES;

export const Icon = ({ tone }: { tone: Tone }) => (
  <svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
    {OUTLINES[tone]}
    <path d={SHAPES[tone]} stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

/** The mesh: six locations that check one target. */
const MARK = 'M12 12L12 3M12 12l7.8-4.5M12 12l7.8 4.5M12 12v9M12 12l-7.8 4.5M12 12L4.2 7.5';

export const Mark = () => (
  <svg
    class="mark"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    aria-hidden="true"
  >
    <path d={MARK} />
    <circle cx="12" cy="12" r="3.2" fill="currentColor" />
  </svg>
);

export const FAVICON_PATH = '/assets/favicon.svg';
export const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2a6fd6" stroke-width="2"><path d="${MARK}"/><circle cx="12" cy="12" r="3.4" fill="#2a6fd6"/></svg>`;
