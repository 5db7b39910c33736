// Owns the bar of the list that changes many monitors: it leads to a page that shows what would change. Works without script.
import { type ListFilters, paramsOf } from './list-query.ts';

export const BulkBar = ({ filters, total }: { filters: ListFilters; total: number }) => (
  <fieldset class="bulk">
    <legend class="hidden">Change many monitors</legend>
    {[...paramsOf({ ...filters, page: '1' })].map(([name, value]) => (
      <input type="hidden" name={`f.${name}`} value={value} />
    ))}
    <select name="scope" aria-label="Which monitors">
      <option value="ticked">Ticked monitors</option>
      <option value="all">All {total.toLocaleString('en')} of this list</option>
    </select>
    <button type="submit" name="action" value="pause" class="quiet">
      Pause…
    </button>
    <button type="submit" name="action" value="resume" class="quiet">
      Resume…
    </button>
    <button type="submit" name="action" value="addTags" class="quiet">
      Edit…
    </button>
    <button type="submit" name="action" value="delete" class="quiet danger">
      Delete…
    </button>
  </fieldset>
);
