/** Words and signs that are weighed. */
const SAMPLE = 4_000;

const WORDS = /[\p{L}\p{M}]+|[^\p{L}\p{M}\p{ASCII}]/gu;
const IS_WORD = /^[\p{L}\p{M}]/u;
const NON_ASCII = /[^\p{ASCII}]/gu;
const IMPOSSIBLE = /[\p{Cc}\p{Co}\p{Cn}\ufffd]/u;
/** `Word`, `word`, `WORD`, or letters that have no capitals. */
const CAPITALS = /^\p{Lu}?[\p{Ll}\p{M}]+$|^\p{Lu}+$|^\p{Lo}[\p{Lo}\p{Lm}\p{M}]*$/u;
const LATIN = /^[\p{Script=Latin}\p{M}]+$/u;
/** Scripts whose encodings have one byte for a letter. */
const ALPHABETS: readonly RegExp[] = [
  LATIN,
  /^\p{Script=Hebrew}+$/u,
  ...["Cyrillic", "Greek", "Arabic", "Thai"].map((script) => new RegExp(`^[\\p{Script=${script}}\\p{M}]+$`, "u")),
];
/** Scripts whose encodings have two bytes for a letter. */
const EAST_ASIAN = /^\p{Script=Hangul}{2,}$|^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]{2,}$/u;
/** Katakana of one byte: rare, and what other texts become when they are read as Shift JIS. */
const HALF_WIDTH = /[\uff61-\uff9f]/u;
/** Signs that stand before or behind words. */
const QUOTATION = /[‘-„…«»]/u;
/** Signs that people use otherwise, mostly at numbers. */
const USUAL_SIGNS = /[–—°ºª´·¿¡£€¥§²³¼½¾©®™\u00a0\u3000-\u303f\uff00-\uff60]/u;

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
    const bytes = found.match(NON_ASCII)?.length ?? 0;
    if (bytes === 0) continue;
    if (++weighed > SAMPLE) break;
    score += IS_WORD.test(found) ? bytes * likelihoodOfWord(found) : likelihoodOfSign(text, found, index);
  }
  return score;
}

function likelihoodOfWord(word: string): number {
  if (!CAPITALS.test(word) || HALF_WIDTH.test(word)) return -1;
  if (EAST_ASIAN.test(word)) return 2;
  // Words in Latin letters have some without accents.
  const isAccentsAlone = word.length > 2 && LATIN.test(word) && !/[a-z]/i.test(word);
  return !isAccentsAlone && ALPHABETS.some((script) => script.test(word)) ? 1 : -1;
}

function likelihoodOfSign(text: string, sign: string, index: number): number {
  if (IMPOSSIBLE.test(sign)) return -2;
  const around = [text[index - 1] ?? "", text[index + sign.length] ?? ""];
  const letters = around.filter((neighbour) => /\p{L}/u.test(neighbour)).length;
  if (QUOTATION.test(sign)) return letters < 2 ? 1 : 0;
  if (USUAL_SIGNS.test(sign)) return letters === 0 || around.some((neighbour) => /\d/.test(neighbour)) ? 1 : 0;
  return letters === 0 ? 0 : -1;
}
