// Owns the cursor of every list of incidents: start and id of the last one of a page.
import type { IncidentPosition } from '../../../store/incidents.ts';
import { cursorSchema, encodeCursor } from '../cursor.ts';

function parsePosition(text: string): IncidentPosition | null {
  const match = /^(\d{1,16})\.([\x21-\x7e]{1,128})$/.exec(text);
  return match ? { startedAt: Number(match[1]), id: match[2] as string } : null;
}

export const incidentCursorSchema = cursorSchema(parsePosition).optional();

export const incidentCursor = (next: IncidentPosition | null): string | null =>
  next && encodeCursor(`${next.startedAt}.${next.id}`);
