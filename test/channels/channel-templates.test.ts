// Templates of channels: variables, the check as they are written, and the fallback as a message is sent.
import { describe, expect, test } from 'vitest';
import { withTemplates } from '../../src/channels/apply-templates.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { exampleMessage, templateProblem } from '../../src/channels/check-templates.ts';
import { custom } from '../../src/channels/custom.ts';
import { email } from '../../src/channels/email/index.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { withText } from '../../src/channels/render.ts';
import { toMessage } from '../../src/channels/to-message.ts';
import { webhook } from '../../src/channels/webhook.ts';

const mail = email as unknown as Channel;
const request = custom as unknown as Channel;
const CONFIG = custom.config.parse({ url: 'https://api.example.com/v1/messages' });
const HOSTILE = '<!channel> *x* [a](javascript:1) & "q" \\ {{ id }}';

const opened = exampleMessage('incident.opened');
const titleOf = (title: string, message = opened) => withTemplates(mail, {}, { title }, message);

describe('the variables', () => {
  test.each([
    ['{{ monitor.name }} ({{ monitor.group }}), {{ monitor.tags.team }}', 'Web shop (Checkout), shop'],
    [
      '{{ monitor.description }} {{ monitor.runbookUrl }}',
      'Where customers pay. https://wiki.example.com/runbooks/web-shop',
    ],
    ['{{ verdict }} at {{ quorum.failing }} for {{ downtime.text }}', 'down at 6 for 12 s'],
    [
      '{{ event.type }} {{ event.severity }} {{ incident.startedAt | date }}',
      'incident.opened critical 24 Nov 2026, 09:30:00 UTC',
    ],
    [
      '{% for l in locations %}{% if l.vote == "failing" %}{{ l.id }} {% endif %}{% endfor %}',
      'aws:us-east-1',
    ],
    ['{{ locations[0].code }} {{ locations.size }} {{ locations.first.id }}', 'refused 6 aws:us-east-1'],
    ['{{ links.acknowledge }}', 'https://status.example.com/acknowledge/example'],
    ['{{ location.id | default: "no location" }}', 'no location'],
  ])('%s', (template, expected) => {
    expect(templateProblem(mail, {}, { title: template })).toBeNull();
    expect(titleOf(template)).toMatchObject({ warning: null });
    expect(titleOf(template).message.templated.title).toContain(expected);
  });

  test('are clean: no markup, and links of http and https only', () => {
    const body = exampleBody('incident.opened');
    const monitor = { ...body.data.monitor!, name: HOSTILE, runbookUrl: 'javascript:alert(1)' };
    const message = toMessage([{ id: 'n', body: withText({ ...body, data: { ...body.data, monitor } }) }]);
    const { templated } = titleOf(
      '{{ monitor.name }}{{ monitor.runbookUrl }}{{ links.runbook }}',
      message,
    ).message;
    expect(templated.title).toBe('‹!channel› *x* [a](javascript:1) & "q" \\ {{ id }}');
  });

  test('contain nothing of the config of the channel', () => {
    const { message } = titleOf('{{ config }}{{ url }}{{ secret }}{{ apiKey }}x');
    expect(message.templated.title).toBe('x');
  });
});

describe('as a template is written', () => {
  test.each([
    [
      mail,
      {},
      { title: '{{ monitor.nmae }}' },
      ['templates', 'title'],
      /^Unknown variable "monitor\.nmae"\. Use one of: action, /,
    ],
    [mail, {}, { body: '{{ secret }}' }, ['templates', 'body'], /^Unknown variable "secret"/],
    [mail, {}, { body: '{% include "x" %}' }, ['templates', 'body'], /^Unknown tag "include"/],
    [
      webhook as unknown as Channel,
      {},
      { body: 'x' },
      ['templates'],
      /^Channels of type webhook have no templates/,
    ],
    [request, CONFIG, { title: 'x' }, ['templates', 'title'], /^Channels of type custom have no title/],
    [request, CONFIG, { body: '{"a": {{ monitor.name }}}' }, ['templates'], /is not valid JSON/],
    [
      request,
      { ...CONFIG, headers: { 'X-A': '{{ nothing }}' } },
      null,
      ['config', 'headers', 'X-A'],
      /^Unknown variable "nothing"/,
    ],
  ] as const)('%# is refused with its place', (channel, config, templates, path, message) => {
    const problem = templateProblem(channel, config, templates);
    expect(problem?.path).toEqual(path);
    expect(problem?.message).toMatch(message);
  });

  test('it is rendered for every event, and valid for all of them', () => {
    expect(
      templateProblem(request, CONFIG, { body: '{"text": "{{ title }}", "all": {{ monitor | json }}}' }),
    ).toBeNull();
  });
});

describe('as a message is sent', () => {
  test('a template that fails falls back to the default text, and the delivery has a warning', () => {
    const { message, warning } = withTemplates(
      mail,
      {},
      { title: '{% bad %}', body: '{{ title }}!' },
      opened,
    );
    expect(message.templated).toMatchObject({ title: null, body: 'Web shop is down!' });
    expect(warning).toMatch(/^The template of the title was not used\. Unknown tag "bad"\./);
  });

  test('an output that is not JSON falls back too', () => {
    const { message, warning } = withTemplates(request, CONFIG, { body: '{{ monitor.name }}' }, opened);
    expect(message.templated.body).toBeNull();
    expect(warning).toContain('The output is not valid JSON.');
  });

  test('a header that fails is left out, and the others are sent', () => {
    const config = { ...CONFIG, headers: { 'X-A': '{% bad %}', 'X-B': '{{ event.severity }}' } };
    const { message, warning } = withTemplates(request, config, null, opened);
    expect(message.templated.headers).toEqual({ 'X-B': 'critical' });
    expect(warning).toContain('The template of the header X-A was not used.');
  });

  test('an empty output leaves the default text, without a warning', () => {
    const templates = { title: '{% if location %}Location {{ location.id }}{% endif %}', body: ' ' };
    expect(templateProblem(mail, {}, templates)).toBeNull();
    const { message, warning } = withTemplates(mail, {}, templates, opened);
    expect([message.templated.title, message.templated.body, warning]).toEqual([null, null, null]);
  });

  test('a drill and a test are marked, whatever the title is', () => {
    const drill = toMessage([{ id: 'n', body: { ...exampleBody('incident.opened'), drill: true } }]);
    expect(titleOf('{{ monitor.name }}', drill).message.templated.title).toBe('[Drill] Web shop');
    expect(titleOf('hello', exampleMessage('test')).message.templated.title).toBe('[Test] hello');
  });

  test('a title is one line of at most 120 characters', () => {
    const { title } = titleOf('a\n b{% for l in locations %} 🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥{% endfor %}').message
      .templated;
    expect(title).toMatch(/^a b .+…$/u);
    expect(title!.length).toBeLessThanOrEqual(120);
    expect(title!.isWellFormed()).toBe(true);
  });

  test('a gathered message keeps the default texts, which name every notification', () => {
    const gathered = toMessage([
      ...opened.notifications,
      ...exampleMessage('incident.partial').notifications,
    ]);
    expect(titleOf('x', gathered).message).toBe(gathered);
  });
});
