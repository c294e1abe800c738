import { countTerms, type TermBag } from '../base/text/key-terms.ts';
import { isLicence } from './lead.ts';

const COMMENT_WEIGHT = 1;
/** A name in code counts less than a word of a comment: it repeats where it is used, not where it matters. */
const CODE_WEIGHT = 0.25;

/** Words of the languages themselves and of their standard libraries, which every source file has. */
const LANGUAGE_WORDS =
  /\b(?:abstract|any|append|args|array|arr|as|assert|async|attr|auto|await|boolean|break|buf|byte|case|catch|char|chr|class|cls|concat|const|continue|ctx|cur|debugger|declare|def|default|delete|dict|do|double|elif|else|elseif|end|endif|entries|enum|equals|err|error|except|expect|export|exports|extends|extern|false|fi|final|finally|float|fn|for|foreach|from|func|function|get|getattr|global|go|goto|has|hasattr|if|impl|implements|import|include|inline|int|interface|is|isinstance|iter|join|key|keys|kwargs|lambda|last|left|len|length|let|list|log|long|loop|main|map|match|max|min|mod|module|mut|namespace|new|next|nil|none|not|null|num|number|obj|object|op|or|override|package|pop|print|printf|private|promise|protected|ptr|pub|public|push|raise|raises|range|readonly|record|ref|register|replace|res|resolve|ret|return|right|self|set|setattr|short|signed|sizeof|size|slice|sort|split|static|std|str|string|struct|sub|super|switch|symbol|template|then|this|throw|throws|trait|true|try|tuple|type|typedef|typeof|uint|undefined|union|unknown|unsigned|use|using|val|value|values|var|vec|virtual|void|volatile|where|while|with|xor|yield|zip)\b/g;

/** Counts the words of source text: those of comments whole, names in code less, words of the language not at all. */
export function countCodeTerms(text: string, language: string | undefined, bag: TermBag): void {
  const { comments, code } = splitCode(text, language);
  countTerms(comments, COMMENT_WEIGHT, bag);
  countTerms(code.replace(LANGUAGE_WORDS, ' '), CODE_WEIGHT, bag);
}

/** Lines of comments and docstrings, licences left out, apart from the other lines. By light patterns. */
function splitCode(text: string, language: string | undefined): { comments: string; code: string } {
  const isHash =
    language === undefined || /^(?:python|shell|ruby|perl|make|dockerfile|r|elixir)$/.test(language);
  const isComment = isHash ? /^\s*#/ : /^\s*(?:\/\/|--)/;
  const opening = language === 'python' ? /^\s*[rRuU]?("""|''')/ : /^\s*(\/\*)/;
  const comments: string[] = [];
  const code: string[] = [];
  let block: string[] = [];
  let close = '';
  const endBlock = (): void => {
    const words = block.join('\n');
    if (!isLicence(words)) comments.push(words);
    block = [];
  };
  for (const line of text.split('\n')) {
    if (close !== '') {
      block.push(line);
      if (line.includes(close)) close = '';
      continue;
    }
    const mark = opening.exec(line);
    if (mark !== null) {
      close = mark[1] === '/*' ? '*/' : mark[1]!;
      block.push(line);
      if (line.slice(mark[0].length).includes(close)) close = '';
    } else if (isComment.test(line)) {
      block.push(line);
    } else {
      if (block.length > 0) endBlock();
      code.push(line);
    }
  }
  endBlock();
  return { comments: comments.join('\n'), code: code.join('\n') };
}
