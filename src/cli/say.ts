/** What a command says to a person; stdout carries nothing but the outcome. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
