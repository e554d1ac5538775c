import { text } from '../syncer/text.ts';
import type { CelNode } from './cel-library.ts';
import { CALLS, LOOPS, METHODS } from './functions.ts';
import { budget, DEEPEST, MOST_LOOPS } from './limits.ts';
import { ExpressionError } from './problem.ts';

/** A long sum is not deep, but it is evaluated from its end, one call in another. */
const LONGEST_CHAIN = 500;

interface Place {
  readonly depth: number;
  /** How many of the nodes above are one chain with this one, such as `a + b + c`. */
  readonly chain: number;
  readonly loops: number;
  /** The variables that are known here. */
  readonly names: ReadonlySet<string>;
}

const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/**
 * Walks through a parsed expression before it is checked: it refuses what none may use, and counts every step from now
 * on. The loops are written as calls, and what they repeat is what stands in those: so each turn of one is counted.
 */
export class Grammar {
  readonly #source: string;
  readonly #variable: string;
  readonly #calls: ReadonlyMap<string, string>;
  #counts = true;
  /** Where `has` stands, in UTF-16 units. */
  readonly hasAt: number[] = [];
  /** Which fields of the variable are asked for. */
  readonly fields = new Set<string>();

  constructor(source: string, variable: string, calls = CALLS) {
    this.#source = source;
    this.#variable = variable;
    this.#calls = calls;
  }

  /**
   * @param counts false: the expression is never evaluated
   * @throws ExpressionError
   */
  walk(root: CelNode, counts = true): void {
    this.#counts = counts;
    this.#visit(root, { depth: 1, chain: 1, loops: 0, names: new Set([this.#variable]) });
  }

  #refuse(node: CelNode, en: string, zh: string): ExpressionError {
    return new ExpressionError(text(en, zh), this.#source, node.pos);
  }

  #visit(node: CelNode, place: Place): void {
    if (place.depth > DEEPEST) {
      throw this.#refuse(node, `it is nested more than ${String(DEEPEST)} deep`, `嵌套超过 ${String(DEEPEST)} 层`);
    }
    if (place.chain > LONGEST_CHAIN) {
      const most = String(LONGEST_CHAIN);
      throw this.#refuse(node, `it has more than ${most} parts in a row`, `连续的部分超过 ${most} 个`);
    }
    if (this.#counts) countSteps(node);
    const { args } = node;
    if (node.op === 'id') this.#checkName(node, place);
    else if (node.op === 'call') this.#visitCall(node, args as [string, CelNode[]], place);
    else if (node.op === 'rcall') this.#visitMethod(node, args as [string, CelNode, CelNode[]], place);
    else this.#visitParts(node, place);
  }

  #visitParts(node: CelNode, place: Place): void {
    const [left, right] = Array.isArray(node.args) ? (node.args as unknown[]) : [];
    if ((node.op === '.' || node.op === '[]') && isNode(left) && left.op === 'id' && left.args === this.#variable) {
      const field = isNode(right) && right.op === 'value' ? right.args : right;
      if (typeof field !== 'string') throw this.#refuse(node, 'name the field that is asked for', '请写明要读取的字段');
      this.fields.add(field);
    }
    // Entries of a map are pairs.
    const parts = (Array.isArray(node.args) ? (node.args as unknown[]).flat() : [node.args]).filter(isNode);
    for (const part of parts) this.#visit(part, part === left ? along(node, part, place) : below(place));
  }

  #checkName(node: CelNode, { names }: Place): void {
    const name = String(node.args);
    if (names.has(name)) return;
    throw this.#refuse(
      node,
      `there is no variable ${name}; what is known is ${this.#variable}`,
      `没有变量 ${name}；可用的是 ${this.#variable}`,
    );
  }

  #visitCall(node: CelNode, args: [string, CelNode[]], place: Place): void {
    const [name, given] = args;
    const known = this.#calls.get(name);
    if (known === undefined) throw this.#unknown(node, name, CALLS);
    args[0] = known;
    if (name === 'has') this.hasAt.push(node.start);
    for (const part of given) this.#visit(part, below(place));
  }

  #visitMethod(node: CelNode, args: [string, CelNode, CelNode[]], place: Place): void {
    const [name, receiver, given] = args;
    const isLoop = LOOPS.has(name);
    const known = isLoop ? name : METHODS.get(name);
    if (known === undefined) throw this.#unknown(node, name, METHODS);
    args[0] = known;
    this.#visit(receiver, along(node, receiver, place));
    if (!isLoop) {
      for (const part of given) this.#visit(part, below(place));
      return;
    }
    const loops = place.loops + 1;
    if (loops > MOST_LOOPS) {
      throw this.#refuse(
        node,
        `${name} stands in more than ${String(MOST_LOOPS)} of its like`,
        `${name} 等遍历最多嵌套 ${String(MOST_LOOPS)} 层`,
      );
    }
    const [variable, ...repeated] = given;
    const names = new Set(place.names);
    if (variable?.op === 'id') names.add(String(variable.args));
    for (const part of repeated) this.#visit(part, { ...below(place), loops, names });
  }

  #unknown(node: CelNode, name: string, known: ReadonlyMap<string, string>): ExpressionError {
    const names = [...known.keys(), ...(known === METHODS ? LOOPS : [])].join(', ');
    return this.#refuse(node, `${name}() cannot be used; there are ${names}`, `不能使用 ${name}()；可用：${names}`);
  }
}

const below = ({ depth, loops, names }: Place): Place => ({ depth: depth + 1, chain: 1, loops, names });

/** `a + b + c` and `a.b().c()` are read from the left, and nobody calls that nested. */
const CHAINS: ReadonlySet<string> = new Set(['+', '&&', '||', '.', 'rcall']);

const along = (node: CelNode, first: CelNode, place: Place): Place =>
  CHAINS.has(node.op) && CHAINS.has(first.op) ? { ...place, chain: place.chain + 1 } : below(place);

/**
 * The library has no bound for what an evaluation costs. Each node keeps how it is evaluated in a property of this name,
 * and puts a quicker way there at the first time: both are gone through here.
 */
function countSteps(node: CelNode): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its node below
  let evaluate = node.evaluate;
  const counted: CelNode['evaluate'] = (evaluator, self, context) => {
    budget.spend(1);
    const value = evaluate.call(node, evaluator, self, context);
    budget.spendOn(value);
    return value;
  };
  Object.defineProperty(node, 'evaluate', {
    get: () => counted,
    set: (quicker: CelNode['evaluate']) => {
      evaluate = quicker;
    },
  });
}
