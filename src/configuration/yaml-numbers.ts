// Owns numbers in a YAML file that a JavaScript number would round: they become texts, as in a request to the API.
import { type Document, visit } from 'yaml';
import { isInexact } from '../../probes/checks/shared/exact-number.ts';

export function keepYamlNumbers(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && node.source !== undefined && isInexact(node.source))
        node.value = node.source;
    },
  });
}
