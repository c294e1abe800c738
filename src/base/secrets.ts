/**
 * Recognises text that must not be copied into memories or summaries: keys, tokens, passwords, private keys. Formats
 * are the published prefixes of the issuers; the last rules catch a stated password or key in any format.
 */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\bAIza[0-9A-Za-z_-]{30,}/,
  /\bnpm_[A-Za-z0-9]{30,}|\bhf_[A-Za-z0-9]{20,}/,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}/,
  /\bBearer\s+[A-Za-z0-9._~+/-]{16,}/i,
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{1,200}@/i,
  /\b(?:pass(?:word|phrase|code|wd)?|pwd|pin(?: code)?|secret(?: key)?|(?:api|access|private|signing|encryption|license)[ _-]?key|(?:access|auth|api|bearer|refresh|session)[ _-]?token|token|credentials?)\b[^.!?\n]{0,40}?(?:\bis\b|\bare\b|[:=]|\bto\b)\s*["'`]?\S{3,}/i,
  /(?:密码|口令|密钥|令牌|私钥|验证码|助记词)[^。!?\n]{0,12}?(?:是|为|[:=])\s*\S{2,}/,
];

/** A long run without spaces that mixes letters and digits: a key of a format not listed above. */
const RUN = /[A-Za-z0-9+/_=-]{28,}/g;

export function holdsSecret(text: string): boolean {
  const plain = text.normalize('NFKC');
  return SECRETS.some((pattern) => pattern.test(plain)) || (plain.match(RUN) ?? []).some(looksRandom);
}

function looksRandom(run: string): boolean {
  // Words joined by dashes, paths and plain hex digests (commits) are everyday text.
  if (/^[0-9a-f]+$/.test(run) || run.split(/[-_/=]/).every((word) => /^(?:[A-Za-z]*|\d+)$/.test(word)))
    return false;
  const digits = run.match(/\d/g)?.length ?? 0;
  return digits >= 4 && /[a-z]/.test(run) && /[A-Z]/.test(run);
}
