// Owns the steps of the first run, as a line above the page that is one of them. Nothing in a mesh that has a monitor.
import type { EditorData } from './editor-data.ts';

const STEPS = [
  { id: 'admin', label: 'Admin' },
  { id: 'monitor', label: 'Add a monitor' },
  { id: 'channel', label: 'Add a channel' },
  { id: 'page', label: 'Status page' },
] as const;

interface FirstRunStepsProps {
  readonly data: Pick<EditorData, 'isFirst'>;
  readonly current: (typeof STEPS)[number]['id'];
}

export const FirstRunSteps = ({ data, current }: FirstRunStepsProps) => {
  if (!data.isFirst) return null;
  const at = STEPS.findIndex(({ id }) => id === current);
  return (
    <ol class="first-steps" aria-label="Steps to your first monitor">
      {STEPS.map(({ label }, index) => (
        <li class={index < at ? 'done' : ''} {...(index === at ? { 'aria-current': 'step' } : {})}>
          <span class="step-mark" aria-hidden="true">
            {index < at ? '✓' : index + 1}
          </span>
          {label}
          {index < at ? <span class="hidden"> (done)</span> : null}
        </li>
      ))}
    </ol>
  );
};
