// The one place that decides how wide and how plain what is printed is.

export interface TerminalStyle {
  /** Escape codes for bold and the like. */
  readonly color: boolean;
  /** `plain`: lines alone, no escape code and no line that is drawn over. */
  readonly style: 'terminal' | 'plain';
  /** Columns, at least 20. */
  readonly width: number;
}

/** Of what is no terminal, or does not know its width. */
const USUAL_WIDTH = 80;
/** A pseudo-terminal may say 0 columns; narrower ones than this wrap whatever is printed. */
const LEAST_WIDTH = 20;

/**
 * TERM=dumb takes no escape codes at all. NO_COLOR (no-color.org: set and not empty) takes the colour, FORCE_COLOR (set, not empty and
 * not 0) gives it where there is no terminal either; the latter wins, as in Node.
 */
export function terminalStyle(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Readonly<Record<string, string | undefined>>,
): TerminalStyle {
  const said = (name: string): string => environment[name] ?? '';
  const terminal = stream.isTTY === true && said('TERM') !== 'dumb';
  const forced = said('FORCE_COLOR') !== '' && said('FORCE_COLOR') !== '0';
  const color = said('TERM') !== 'dumb' && (forced || (terminal && said('NO_COLOR') === '' && said('FORCE_COLOR') !== '0'));
  const columns = stream.columns ?? 0;
  const width = columns > 0 ? Math.max(LEAST_WIDTH, columns) : USUAL_WIDTH;
  return { color, style: terminal ? 'terminal' : 'plain', width };
}
