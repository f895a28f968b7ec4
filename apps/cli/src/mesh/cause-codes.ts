import { didYouMean } from '@lateen/base';
import { CAUSE_RULES, RETRIES_EXHAUSTED } from '@lateen/telemetry/causes';
import { CliError, EXIT } from '../exit';

/** Codes that a failed request can have. */
export const CAUSE_CODES: readonly string[] = [...CAUSE_RULES.map(({ code }) => code), RETRIES_EXHAUSTED];

/** Codes that are named at most. */
const MOST = 5;

/** Throws a `CliError` that names the codes near it for one that no failure can have. */
export function checkCause(code: string): void {
  if (CAUSE_CODES.includes(code)) return;
  const near = nearCodes(code);
  const hint =
    near.length === 0
      ? `docs/causes.md has all ${CAUSE_CODES.length}`
      : `did you mean ${near.length === 1 ? '' : 'one of '}${near.map((one) => `"${one}"`).join(', ')}?`;
  throw new CliError(`Cannot use --cause "${code}": no failure has that code; ${hint}`, EXIT.usage);
}

/** The one that it is a slip of, else those that share its words. */
function nearCodes(code: string): readonly string[] {
  const text = code.toLowerCase().replaceAll(/[\s-]+/g, '_');
  const slip = didYouMean(text, CAUSE_CODES);
  if (slip !== undefined) return [slip];
  const words = text.split('_').filter((word) => word.length > 2);
  const shared = (candidate: string): number => words.filter((word) => candidate.split('_').some((own) => own.startsWith(word))).length;
  return CAUSE_CODES.filter((candidate) => shared(candidate) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, MOST);
}
