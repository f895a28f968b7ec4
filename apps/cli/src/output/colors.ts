import pc from 'picocolors';

/** Colours for standard output; none when it is not a terminal or `NO_COLOR` is set. */
export const out = pc.createColors(colored(process.stdout));
/** Colours for standard error. */
export const err = pc.createColors(colored(process.stderr));

function colored(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
