// The template language: what it allows, what it limits, and how it escapes.
import { describe, expect, test } from 'vitest';
import { compileTemplate, MAX_TEMPLATE_BYTES, TAGS, TemplateError } from '../../src/channels/template.ts';
import { FILTER_NAMES } from '../../src/channels/template-filters.ts';

const HOSTILE = '<!channel> "q" \\ {{ secret }} &\r\nx: y\u2028';
const variables = {
  name: HOSTILE,
  count: 3,
  nothing: null,
  locations: Array.from({ length: 40 }, (_, index) => ({ id: `aws:region-${index}`, tags: { a: 'b' } })),
};

const render = (text: string, format: 'text' | 'json' | 'form' | 'header' = 'text') =>
  compileTemplate(text, format).render(variables);
const errorOf = (text: string): string => {
  try {
    render(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    return (error as Error).message;
  }
  return 'no error';
};

describe('a template is refused', () => {
  test.each([
    'include',
    'render',
    'layout',
    'block',
    'capture',
    'increment',
    'tablerow',
    'cycle',
    'liquid',
    'raw',
    'echo',
  ])('with the tag %s', (tag) => {
    expect(errorOf(`{% ${tag} "x" %}`)).toBe(`Unknown tag "${tag}". Use one of: ${TAGS.join(', ')}.`);
  });

  test.each([
    'raw',
    'replace',
    'split',
    'concat',
    'map',
    'where',
    'times',
    'sha256',
    'base64_decode',
    'toString',
    'constructor',
  ])('with the filter %s', (filter) => {
    expect(errorOf(`{{ name | ${filter}: "a" }}`)).toContain(`Unknown filter "${filter}"`);
  });

  test.each([
    '{% for i in (1..1000000000) %}x{% endfor %}',
    '{{ (1..9) | join: "," }}',
    '{% if true %}{% else %}{% for i in (1..count) %}{% endfor %}{% endif %}',
  ])('with the range in %s', (text) => {
    expect(errorOf(text)).toContain('Ranges such as (1..5) are not allowed.');
  });

  test('with a range that only its rendering shows', () => {
    // The lexical check takes the range for a part of a quoted text.
    const text = String.raw`{{ "\"" | append: (1..3) | append: "\"" }}`;
    expect(() => compileTemplate(text, 'text')).not.toThrow();
    expect(errorOf(text)).toContain('Ranges such as (1..5) are not allowed.');
  });

  test('if it is larger than 4 kB, by bytes', () => {
    expect(errorOf('ü'.repeat(MAX_TEMPLATE_BYTES / 2))).toBe('no error');
    expect(errorOf(`${'ü'.repeat(MAX_TEMPLATE_BYTES / 2)}x`)).toBe(
      'The template has 4097 bytes, but at most 4096 are allowed. Shorten it.',
    );
  });

  test.each(['{{ name', '{% if name %}', '{% endif %}', '{% for in %}{% endfor %}'])(
    'if it does not parse: %s',
    (text) => {
      expect(errorOf(text)).toMatch(/Invalid template: .+ Correct it\.$|Unknown tag/);
    },
  );
});

describe('a template stops without a clock', () => {
  test('in nested loops, also with an empty body', () => {
    const loop = '{% for a in locations %}';
    expect(errorOf(`${loop.repeat(5)}${'{% endfor %}'.repeat(5)}`)).toContain('more than 5000 steps');
    expect(errorOf(`${loop.repeat(3)}x${'{% endfor %}'.repeat(3)}`)).toContain('more than 5000 steps');
  });

  test('when text doubles itself', () => {
    const double = '{% assign a = a | append: a %}';
    expect(errorOf(`{% assign a = "0123456789" %}${double.repeat(60)}`)).toContain(
      'more than 10000 characters',
    );
  });

  test('when the output is too long', () => {
    const nested = '{% for a in locations %}{% for b in locations %}0123456789{% endfor %}{% endfor %}';
    expect(errorOf(nested)).toBe('The output is longer than 10000 characters. Shorten it.');
  });

  // A second and more each, in a run that other channels wait for.
  test.each([
    ['filters', `{% assign y = x${' | url_encode | size | append: x'.repeat(80)} %}`],
    ['comparisons', `{% if x contains 'zzq'${" or x contains 'zzq'".repeat(120)} %}{% endif %}`],
    ['filters of objects', '{% assign y = locations | json | size %}'.repeat(60)],
  ])('when loops repeat many %s', (_, body) => {
    const long = `{% assign x = "0123456789" %}${'{% assign x = x | append: x %}'.repeat(9)}`;
    const loops = `{% for a in locations %}{% for b in locations %}${body}{% endfor %}{% endfor %}`;
    expect(errorOf(long + loops)).toContain('read and write more than 1000000 characters');
  });

  test('and not when an ordinary template loops over every location', () => {
    const line =
      '{% if l.id contains "aws" and l.id != "" %}{{ l.id | upcase | truncate: 30 }} {{ l.tags | json }}{% endif %}';
    expect(errorOf(`{% for l in locations %}${line}{% endfor %}`)).toBe('no error');
  });

  test('when it is nested as deeply as 4 kB allow', () => {
    const deep = '{%if 1%}'.repeat(240) + '{%endif%}'.repeat(240);
    expect(errorOf(deep)).toMatch(/no error|nested too deeply/);
  });
});

describe('values are escaped for what the output is', () => {
  test('inside a JSON string', () => {
    expect(JSON.parse(render('{"text": "{{ name }}", "n": {{ count }}}', 'json'))).toEqual({
      text: HOSTILE,
      n: 3,
    });
    expect(
      JSON.parse(render('{"a": {{ locations | first | json }}, "b": {{ nothing | json }}}', 'json')),
    ).toEqual({
      a: variables.locations[0],
      b: null,
    });
  });

  test('in a JSON body, what follows the filter json is escaped again', () => {
    expect(render('{{ name | json | upcase }}', 'json')).toMatch(/^\\"/);
  });

  test('in a form', () => {
    const form = new URLSearchParams(render('a={{ name }}&b={{ name | json }}&c=1', 'form'));
    expect([...form.keys()]).toEqual(['a', 'b', 'c']);
    expect(form.get('a')).toBe(HOSTILE);
  });

  test('in a header', () => {
    expect(render('x {{ name }}', 'header')).toMatch(/^[ -~]+$/);
  });

  test('in text, lists and objects are shown as JSON and half characters are replaced', () => {
    expect(render('{{ locations[0].tags }}')).toBe('{"a":"b"}');
    expect(compileTemplate('{{ a }}', 'text').render({ a: '\ud800' })).toBe('\ufffd');
  });

  test('a value that looks like a template is not rendered', () => {
    expect(render('{{ name }}')).toContain('{{ secret }}');
  });
});

test('a template reaches no property that a variable inherits', () => {
  expect(
    render('[{{ name.constructor }}{{ locations.constructor.name }}{{ __proto__ }}{{ count.toFixed }}]'),
  ).toBe('[]');
});

test('each filter does what its documentation shows', () => {
  const shown: Record<string, [template: string, output: string]> = {
    default: ['{{ nothing | default: "none" }}', 'none'],
    upcase: ['{{ "ab" | upcase }}', 'AB'],
    downcase: ['{{ "AB" | downcase }}', 'ab'],
    strip: ['{{ " a " | strip }}', 'a'],
    append: ['{{ "a" | append: "b" }}', 'ab'],
    prepend: ['{{ "a" | prepend: "b" }}', 'ba'],
    truncate: ['{{ "abcdef" | truncate: 4 }}', 'abc…'],
    join: ['{{ list | join: "/" }}', 'a/b'],
    first: ['{{ list | first }}', 'a'],
    last: ['{{ list | last }}', 'b'],
    size: ['{{ list | size }}', '2'],
    date: ['{{ "2026-11-24T09:30:12.000Z" | date }}', '24 Nov 2026, 09:30:12 UTC'],
    duration: ['{{ 720 | duration }}', '12 min'],
    url_encode: ['{{ "a b&c" | url_encode }}', 'a%20b%26c'],
    json: ['{{ list | json }}', '["a","b"]'],
  };
  expect(Object.keys(shown).toSorted()).toEqual(FILTER_NAMES.toSorted());
  for (const [template, output] of Object.values(shown))
    expect(compileTemplate(template, 'text').render({ list: ['a', 'b'], nothing: null })).toBe(output);
});
