// Owns the message of the change before this page. With script it floats and goes away; without, it stands above the content.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import type { Flash } from '../flash.ts';
import { Form } from '../form.tsx';

export const Toast = ({ c, flash: { text, tone, undo } }: { c: Context<HttpEnv>; flash: Flash }) => (
  <div class={`notice message toast ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon tone={tone} />
    <div>
      <p>
        <strong>{text}</strong>
      </p>
    </div>
    {undo === undefined ? null : (
      <Form c={c} action={undo.action}>
        {Object.entries(undo.fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit" class="quiet">
          Undo
        </button>
      </Form>
    )}
  </div>
);
