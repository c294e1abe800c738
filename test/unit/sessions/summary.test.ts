import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../../src/sessions/index.ts';
import { normaliseMessage } from '../../../src/sessions/message.ts';
import { ABSTRACT_MAX_CHARS, OVERVIEW_MAX_CHARS, summariseEmbedded } from '../../../src/sessions/summary.ts';
import { ADA, assistant, user } from '../../helpers/session-home.ts';

const CONTEXT = { principal: ADA, now: Date.parse('2026-02-03T04:05:06Z') };
const messages = (...raw: object[]): StoredMessage[] => raw.map((one) => normaliseMessage(one, CONTEXT));

const sectionOf = (overview: string, title: string): string =>
  overview.split(`## ${title}\n\n`)[1]?.split('\n\n## ')[0]?.trim() ?? '';

describe('the embedded summary', () => {
  it('has its sections, in words that were said', async () => {
    const { overview, abstract } = await summariseEmbedded(
      messages(
        user('Can you make the invoice export faster? It takes four minutes for large customers.'),
        assistant('The export loads every invoice line in its own query. I batched the queries by customer.'),
        assistant(
          'The export takes eleven seconds now. We still need to add an index on invoice_lines.customer_id.',
        ),
        user('Great. Tomorrow we look at the PDF renderer.'),
      ),
    );
    expect(overview).toMatch(
      /^# Session Summary\n\n\*\*Overview\*\*: .*invoice export faster.*\(4 messages, 2026-02-03\)\n/,
    );
    expect(sectionOf(overview, 'Analysis')).toContain('loads every invoice line in its own query');
    expect(sectionOf(overview, 'Primary Request and Intent')).toContain(
      'Can you make the invoice export faster?',
    );
    expect(sectionOf(overview, 'Key Concepts')).toContain('export');
    expect(sectionOf(overview, 'Pending Tasks')).toContain('still need to add an index');
    expect(sectionOf(overview, 'Pending Tasks')).toContain('PDF renderer');
    expect(abstract).toMatch(
      /^Can you make the invoice export faster\? \(4 messages, 2026-02-03\) Key terms: /,
    );
  });

  it('says what was not stated, and knows an unanswered question', async () => {
    const calm = await summariseEmbedded(messages(user('Thank you.')));
    expect(sectionOf(calm.overview, 'Pending Tasks')).toBe('None stated.');
    const open = await summariseEmbedded(messages(user('How do I rotate the logs?')));
    expect(sectionOf(open.overview, 'Pending Tasks')).toBe('- Unanswered: How do I rotate the logs?');
  });

  it('summarises Chinese', async () => {
    const { overview, abstract } = await summariseEmbedded(
      messages(
        user('请帮我优化订单查询接口。现在查询需要三秒。'),
        assistant('我给订单表增加了索引。接下来需要压测。'),
      ),
    );
    expect(sectionOf(overview, 'Primary Request and Intent')).toContain('请帮我优化订单查询接口');
    expect(sectionOf(overview, 'Pending Tasks')).toContain('接下来需要压测');
    expect(abstract).toContain('订单');
  });

  it('says what was done when nothing was said', async () => {
    const tool = { type: 'tool', tool_id: 't', tool_name: 'bash', tool_output: 'ok' };
    const { overview } = await summariseEmbedded(
      messages({
        role: 'assistant',
        parts: [tool, { ...tool, tool_id: 'u' }, { type: 'context', uri: 'viking://resources/a.md' }],
      }),
    );
    expect(sectionOf(overview, 'Analysis')).toBe('- Tools: bash × 2\n- Context: viking://resources/a.md');
  });

  it('leaves secrets out', async () => {
    const { overview, abstract } = await summariseEmbedded(
      messages(user('My password is hunter2 for the staging box. Please check the staging box.')),
    );
    expect(overview + abstract).not.toContain('hunter2');
    expect(overview).toContain('check the staging box');
  });

  it('stays within its sizes, whatever is said', async () => {
    const word = (index: number): string =>
      `term${String.fromCharCode(97 + (index % 26))}${String.fromCharCode(97 + ((index * 7) % 26))}`;
    const raw = Array.from({ length: 400 }, (_, index) =>
      user(
        `We need to ${word(index)} the ${word(index + 1)} because ${word(index + 2)} is ${'very '.repeat(index % 40)}slow?`,
      ),
    );
    const { overview, abstract } = await summariseEmbedded(
      messages(...raw, user('x'.repeat(50_000)), user('字'.repeat(20_000))),
    );
    expect(overview.length).toBeLessThanOrEqual(OVERVIEW_MAX_CHARS);
    expect(abstract.length).toBeLessThanOrEqual(ABSTRACT_MAX_CHARS);
    expect(abstract).not.toContain('\n');
  });

  it('is the same for the same messages', async () => {
    const same = messages(user('Let us plan the launch.'), assistant('The launch needs a checklist.'));
    expect(await summariseEmbedded(same)).toEqual(await summariseEmbedded(same));
  });
});
