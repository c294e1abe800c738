import { isLicence, leadSentence } from './lead.ts';

/** What may stand before the comment that describes a file. */
const PREAMBLE =
  /^\s*(?:$|#!|#\s*-\*-|import\b|from\s+\S+\s+import\b|package\b|use\b|using\b|#\s*(?:include|pragma|ifndef|ifdef|if|define|endif)\b|['"]use strict|require\b|const\s.*=\s*require\(|source\s|set\s+-|\}\s*from\s|[\w$]+,?\s*$|[{})\]],?;?\s*$|<\?php|@file:|extern\s+crate|#!\[|declare\()/;
const DIRECTIVE =
  /^(?:eslint|prettier|tslint|istanbul|jshint|@ts-|@jsx|global\b|globals\b|biome-|coding[:=]|vim:|noqa|pylint|type:|clang-|NOLINT|region\b|!|\/\s*<reference|shellcheck)/i;
const SCANNED_LINES = 120;
const LINE_CHARACTERS = 400;
const COMMENT_CHARACTERS = 4000;

/**
 * The sentence that says what a source file is: Python's module docstring, else the first comment near the top that is
 * neither a licence nor an instruction to a tool; empty when there is none. Light patterns, not a parser.
 */
export function codeLead(text: string, language: string | undefined): string {
  for (const comment of topComments(text, language)) {
    const paragraph = comment
      .slice(0, COMMENT_CHARACTERS)
      .split(/\n\s*\n/)
      .map((part) => tidy(part))
      .find(
        (part) => (part.match(/\p{L}{2,}/gu)?.length ?? 0) >= 2 && !isLicence(part) && !DIRECTIVE.test(part),
      );
    if (paragraph !== undefined && !isLicence(comment)) return leadSentence(paragraph);
  }
  return '';
}

function tidy(part: string): string {
  return part
    .replace(/^\s*@(?:file|fileoverview|module|brief|summary|package|overview|description)\b[^\S\n]*/gm, '')
    .split('\n')
    .filter((line) => !/^\s*(?:@\w+|[-=*#~_]{3,}\s*$)/.test(line))
    .join(' ')
    .replace(/\{@\w+\s+([^{}]*)\}/g, '$1')
    .replace(/`+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Texts of the comments (and docstring) at the top, markers removed, in order. */
function* topComments(text: string, language: string | undefined): Generator<string> {
  const lines = text.split(/\r?\n/, SCANNED_LINES).map((line) => line.slice(0, LINE_CHARACTERS));
  const hash =
    language === undefined || /^(?:python|shell|ruby|perl|make|dockerfile|r|elixir)$/.test(language);
  const isLine = hash ? /^\s*#+(?!!)\s?(.*)$/ : /^\s*(?:\/\/[/!]?|--)\s?(.*)$/;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const doc = language === 'python' ? /^\s*[rRuU]?("""|''')(.*)$/.exec(line) : null;
    if (doc !== null) {
      const end = blockEnd(lines, at, doc[1]!, doc[2]!);
      yield end.text;
      at = end.at;
    } else if (/^\s*\/\*/.test(line)) {
      const end = blockEnd(lines, at, '*/', line.replace(/^\s*\/\*+!?/, ''));
      yield end.text.replace(/^[^\S\n]*\*+(?:[^\S\n]|$)?/gm, '');
      at = end.at;
    } else if (isLine.test(line) && !line.startsWith('#!')) {
      const block: string[] = [];
      for (; at < lines.length && isLine.test(lines[at]!); at++) block.push(isLine.exec(lines[at]!)![1]!);
      at--;
      yield block.join('\n');
    } else if (language === 'python' ? !/^\s*(?:$|#!|from __future__)/.test(line) : !PREAMBLE.test(line)) {
      return;
    }
  }
}

function blockEnd(
  lines: readonly string[],
  from: number,
  close: string,
  first: string,
): { at: number; text: string } {
  const block: string[] = [];
  for (let at = from; at < lines.length; at++) {
    const line = at === from ? first : lines[at]!;
    const end = line.indexOf(close);
    if (end >= 0) return { at, text: [...block, line.slice(0, end)].join('\n') };
    block.push(line);
  }
  return { at: lines.length, text: block.join('\n') };
}
