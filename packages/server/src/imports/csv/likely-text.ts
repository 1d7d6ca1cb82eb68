/** Words and signs that are weighed. */
const SAMPLE = 4_000;

const WORDS = /[\p{L}\p{M}]+|[^\p{L}\p{M}\p{ASCII}]/gu;
const LETTERS = /^[\p{L}\p{M}]/u;
const NON_ASCII = /[^\p{ASCII}]/u;
const ASCII_LETTER = /[a-z]/i;
/** Words of one script. */
const SCRIPTS: readonly RegExp[] = [
  ...["Latin", "Cyrillic", "Greek", "Hebrew", "Arabic", "Thai", "Hangul"].map(
    (script) => new RegExp(`^[\\p{Script=${script}}\\p{M}]+$`, "u"),
  ),
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]+$/u,
];
/** `Word`, `word`, `WORD`, or letters that have no capitals. */
const CAPITALS = /^\p{Lu}?[\p{Ll}\p{M}]+$|^\p{Lu}+$|^\p{Lo}[\p{Lo}\p{Lm}\p{M}]*$/u;
/** Signs that stand at words, and such as come alone. */
const USUAL_SIGNS =
  /[\u2013\u2014\u2018-\u201e\u2026\u00ab\u00bb\u00b0\u00ba\u00aa\u00b4\u00b7\u00bf\u00a1\u00a0\u3000-\u303f\uff00-\uffef]/u;
const IMPOSSIBLE = /[\p{Cc}\p{Co}\p{Cn}\ufffd]/u;

/**
 * Says how much `text` looks like something that people wrote, by those of its words and signs that aren't ASCII: the
 * more above 0 the better.
 *
 * The right decoding gives words of one script with capitals where they belong; a wrong one gives `MÃ¡laga` or `Ìîñêâà`.
 */
export function likelihood(text: string): number {
  let score = 0;
  let weighed = 0;
  for (const { 0: found, index } of text.matchAll(WORDS)) {
    if (!NON_ASCII.test(found)) continue;
    if (++weighed > SAMPLE) break;
    score += LETTERS.test(found) ? likelihoodOfWord(found) : likelihoodOfSign(text, found, index);
  }
  return score;
}

function likelihoodOfWord(word: string): number {
  if (!CAPITALS.test(word) || !SCRIPTS.some((script) => script.test(word))) return -1;
  // Words in Latin letters have some without accents.
  const isAccentsAlone = word.length > 2 && /^\p{Script=Latin}/u.test(word) && !ASCII_LETTER.test(word);
  return isAccentsAlone ? -1 : 1;
}

function likelihoodOfSign(text: string, sign: string, index: number): number {
  if (IMPOSSIBLE.test(sign)) return -2;
  const touches = /^\p{L}|\p{L}$/u.test(`${text[index + sign.length] ?? " "} ${text[index - 1] ?? " "}`);
  return touches && !USUAL_SIGNS.test(sign) ? -1 : 0;
}
