// Owns comparisons in JSONPath filters: numbers compare exactly, also those that a JavaScript number would round. The library
// knows JavaScript numbers only. All else compares as RFC 9535, section 2.3.5.2.2, says. Pure.
import { JSONPathNodeList, type JSONPathQuery, jsonpath, Nothing } from 'json-p3';
import { compareNumbers, isNumber, numberOf } from '../shared/exact-number.ts';

const {
  FilterQuery,
  FunctionExtension,
  InfixExpression,
  LogicalExpression,
  NumberLiteral,
  PrefixExpression,
} = jsonpath.expressions;

/** Replaces the comparisons of a compiled query. Returns the same query. */
export function compareExactly(query: JSONPathQuery): JSONPathQuery {
  for (const { selectors } of query.segments)
    for (const selector of selectors)
      if (selector instanceof jsonpath.selectors.FilterSelector) replaceIn(selector.expression);
  return query;
}

function replaceIn(expression: unknown): void {
  if (expression instanceof LogicalExpression) replaceIn(expression.expression);
  else if (expression instanceof PrefixExpression) replaceIn(expression.right);
  else if (expression instanceof FunctionExtension) expression.args.forEach(replaceIn);
  else if (expression instanceof FilterQuery) compareExactly(expression.path);
  else if (expression instanceof InfixExpression) {
    replaceIn(expression.left);
    replaceIn(expression.right);
    if (!expression.logical) replaceComparison(expression);
  }
}

function replaceComparison(expression: InstanceType<typeof InfixExpression>): void {
  const { left, right, operator } = expression;
  expression.evaluate = (context) =>
    compare(operandOf(left.evaluate(context), left), operator, operandOf(right.evaluate(context), right));
}

/** The value of a singular query, or of a literal as the query writes it. */
function operandOf(value: unknown, expression: unknown): unknown {
  if (expression instanceof NumberLiteral) return numberOf(expression.token.value);
  if (!(value instanceof JSONPathNodeList)) return value;
  return value.length === 0 ? Nothing : value.nodes[0]?.value;
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '<':
      return isLess(left, right);
    case '>':
      return isLess(right, left);
    case '<=':
      return isLess(left, right) || isEqual(left, right);
    case '>=':
      return isLess(right, left) || isEqual(left, right);
    default:
      return false;
  }
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  return isNumber(left) && isNumber(right) && compareNumbers(left, right) < 0;
}

function isEqual(left: unknown, right: unknown): boolean {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right) === 0;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left === right;
  if (isNumber(left) || isNumber(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        isEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
    )
  );
}
