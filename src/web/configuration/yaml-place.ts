/** Where in a text a refusal of the host points. */
export interface YamlPlace {
  /** Both begin with 1. */
  readonly line: number;
  readonly column: number;
  /** From the begin of the text. */
  readonly offset: number;
  /** The line, with the character that is meant; a blank where the line ends too early. */
  readonly before: string;
  readonly at: string;
  readonly after: string;
}

/** Undefined where the refusal names no place, or none that is there. */
export function placeIn(refusal: string, yaml: string): YamlPlace | undefined {
  const found = /^Line (\d+), column (\d+):|^第 (\d+) 行第 (\d+) 列：/.exec(refusal);
  const [line, column] = [Number(found?.[1] ?? found?.[3] ?? 0), Number(found?.[2] ?? found?.[4] ?? 0)];
  const lines = yaml.split('\n');
  const written = lines[line - 1]?.replace(/\r$/, '');
  if (written === undefined || column < 1) return undefined;
  const start = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  return {
    line,
    column,
    offset: start + Math.min(column - 1, written.length),
    before: written.slice(0, column - 1),
    at: written.slice(column - 1, column) || ' ',
    after: written.slice(column),
  };
}
