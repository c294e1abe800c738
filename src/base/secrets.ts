/**
 * Recognises text that must not be copied into memories or summaries, nor leave the machine: keys, tokens, passwords,
 * private keys. Formats are the published prefixes of the issuers; `stated` catches a password or key in any format.
 */
const SECRETS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private-key', /-----BEGIN [A-Z ]*PRIVATE KEY(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----|[\s\S]*)/g],
  ['api-key', /\bsk-[A-Za-z0-9_-]{16,}/g],
  ['api-key', /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/g],
  ['git-token', /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})/g],
  ['cloud-key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['chat-token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g],
  ['cloud-key', /\bAIza[0-9A-Za-z_-]{30,}/g],
  ['registry-token', /\bnpm_[A-Za-z0-9]{30,}|\bhf_[A-Za-z0-9]{20,}/g],
  ['web-token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}/g],
  ['bearer', /\bBearer\s+[A-Za-z0-9._~+/-]{16,}/gi],
  ['url-credentials', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,200}@/gi],
  [
    'stated',
    /\b(?:pass(?:word|phrase|code|wd)?|pwd|pin(?: code)?|secret(?: key)?|(?:api|access|private|signing|encryption|license)[ _-]?key|(?:access|auth|api|bearer|refresh|session)[ _-]?token|token|credentials?)\b[^.!?\n]{0,40}?(?:\bis\b|\bare\b|[:=]|\bto\b)\s*["'`]?\S{3,}/gi,
  ],
  ['stated', /(?:密码|口令|密钥|令牌|私钥|验证码|助记词)[^。!?\n]{0,12}?(?:是|为|[:=])\s*\S{2,}/g],
];

/** A long run without spaces that mixes letters and digits: a key of a format not listed above. */
const RUN = /[A-Za-z0-9+/_=-]{28,}/g;

export function holdsSecret(text: string): boolean {
  const plain = text.normalize('NFKC');
  return (
    SECRETS.some(([, pattern]) => plain.search(pattern) >= 0) || (plain.match(RUN) ?? []).some(looksRandom)
  );
}

/**
 * `text` with every secret replaced by `[redacted kind]`. A password that is only stated in prose ("the token is: …")
 * is taken out with its statement, whatever its format. `mayStay` is asked about every find.
 */
export function withoutSecrets(text: string, mayStay: (kind: string, secret: string) => boolean): string {
  let clean = text;
  for (const [kind, pattern] of SECRETS) {
    // A document that speaks of tokens is no secret: only a value that looks like one is.
    clean = clean.replace(pattern, (found) =>
      (kind === 'stated' && !looksStated(found)) || mayStay(kind, found) ? found : `[redacted ${kind}]`,
    );
  }
  return clean.replace(RUN, (run) =>
    !looksRandom(run) || mayStay('random', run) ? run : '[redacted random]',
  );
}

/** Prose and code that only name a password (`password: string`) have no digits, signs or quotes in the value. */
function looksStated(statement: string): boolean {
  const value = /\S+$/.exec(statement)?.[0] ?? '';
  return value.length >= 6 && (/[\d!@#$%^&*]/.test(value) || /^["'`][^"'`]+["'`]/.test(value));
}

function looksRandom(run: string): boolean {
  // Words joined by dashes, paths and plain hex digests (commits) are everyday text.
  if (/^[0-9a-f]+$/.test(run) || run.split(/[-_/=]/).every((word) => /^(?:[A-Za-z]*|\d+)$/.test(word)))
    return false;
  const digits = run.match(/\d/g)?.length ?? 0;
  return digits >= 4 && /[a-z]/.test(run) && /[A-Z]/.test(run);
}
