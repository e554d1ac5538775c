import { createRequire } from 'node:module';

/** A place in the tree of a parsed expression. */
export interface CelNode {
  readonly op: string;
  /** Of a call its name comes first, and may be changed before the tree is checked. */
  readonly args: unknown;
  /** Counted from 0, in UTF-16 units of the source. */
  readonly pos: number;
  readonly start: number;
  /** The library puts a quicker one in its place when it is first called. */
  evaluate(evaluator: unknown, node: CelNode, context: unknown): unknown;
}

/** What the library throws when it parses, checks and evaluates. */
export interface CelProblem extends Error {
  readonly code: string;
  /** Without the place, which `message` has. */
  readonly summary: string;
  readonly range?: { readonly start: number };
  readonly node?: { readonly op?: string; readonly pos?: number };
}

export interface CelProgram {
  (context: Readonly<Record<string, unknown>>): unknown;
  readonly ast: CelNode;
  check(): { readonly valid: boolean; readonly type?: string; readonly error?: CelProblem };
}

export interface CelEnvironment {
  registerType(
    name: string,
    type: { readonly ctor: new () => object; readonly fields: Readonly<Record<string, string>> },
  ): this;
  registerVariable(name: string, type: string): this;
  // oxlint-disable-next-line typescript/no-explicit-any -- the types stand in the signature, which is a text
  registerFunction(signature: string, implementation: (...given: any[]) => unknown, options: { async: false }): this;
  parse(source: string): CelProgram;
}

interface CelLibrary {
  readonly Environment: new (options: { readonly limits: Readonly<Record<string, number>> }) => CelEnvironment;
}

interface PinyinLibrary {
  pinyin(text: string, options: Readonly<Record<string, unknown>>): string[];
}

const require = createRequire(import.meta.url);

/** The library, loaded when first an expression is met: whoever has none neither waits nor pays for it. */
export const celLibrary = (): CelLibrary => require('@marcbachmann/cel-js') as CelLibrary;

/** Its dictionary takes longer to load than everything else here. */
export const pinyinLibrary = (): PinyinLibrary => require('pinyin-pro') as PinyinLibrary;
