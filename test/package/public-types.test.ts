import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from '../../node_modules/@arethetypeswrong/core/node_modules/typescript/lib/typescript.js';
import { emptyFolder } from '../support/command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MANIFEST = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
};
const DOORS = Object.entries(MANIFEST.exports).flatMap(([door, target]) =>
  typeof target === 'string'
    ? []
    : [{ door: door.replace('.', 'wecom-syncer'), file: `${ROOT}${target.types.slice(2)}` }],
);

/** What a declaration names: types, bases, and values whose type it takes. */
function namesIn(node: ts.Node): readonly ts.Node[] {
  if (ts.isTypeReferenceNode(node)) return [node.typeName];
  if (ts.isExpressionWithTypeArguments(node)) return [node.expression];
  if (ts.isTypeQueryNode(node)) return [node.exprName];
  if (ts.isImportTypeNode(node)) return node.qualifier ? [node.qualifier] : [node];
  return [];
}

/** As the compiler of a host sees the declarations that are shipped. */
class Declarations {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #own: string;

  constructor(files: readonly string[], own = `${ROOT}dist/`) {
    this.#own = own;
    this.#program = ts.createProgram(files, {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
    });
    this.#checker = this.#program.getTypeChecker();
  }

  /** @returns what is named in a public declaration of this door, is ours, and cannot be imported there */
  unexported(file: string): readonly string[] {
    const exported = new Map(this.#exportsOf(file).map((symbol) => [this.#real(symbol), symbol.name]));
    const found = new Set<string>();
    const look = (node: ts.Node, by: string): void => {
      if (isPrivate(node)) return;
      for (const named of namesIn(node)) {
        const symbol = this.#checker.getSymbolAtLocation(named);
        if (symbol && this.#isOurs(this.#real(symbol)) && !exported.has(this.#real(symbol)))
          found.add(`${named.getText()}, of which ${by} speaks`);
      }
      ts.forEachChild(node, (child) => look(child, by));
    };
    for (const [symbol, name] of exported) for (const declaration of symbol.declarations ?? []) look(declaration, name);
    return [...found];
  }

  #exportsOf(file: string): readonly ts.Symbol[] {
    const source = this.#program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} declares nothing: is the package built?`);
    return this.#checker.getExportsOfModule(module);
  }

  #real(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #isOurs({ flags, declarations }: ts.Symbol): boolean {
    const file = declarations?.[0]?.getSourceFile().fileName ?? '';
    return !(flags & ts.SymbolFlags.TypeParameter) && file.startsWith(this.#own);
  }
}

const isPrivate = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);

describe('the types of the package', function () {
  this.timeout(60_000);

  it('are looked at in the right way: what is not exported is seen', async () => {
    const folder = await emptyFolder();
    const file = join(folder.path, 'index.d.mts');
    const lines = [
      'interface Base {}',
      'interface Hidden {}',
      'declare const table: { readonly one: 1 };',
      'export interface Shown extends Base { readonly own: Shown; readonly hidden: readonly Hidden[] }',
      'export declare class Kept<T> { private old: Hidden; of(): T }',
      'export type Key = keyof typeof table;',
      'export {};',
    ];
    await writeFile(file, lines.join('\n'));
    expect(new Declarations([file], folder.path).unexported(file)).to.deep.equal([
      'Base, of which Shown speaks',
      'Hidden, of which Shown speaks',
      'table, of which Key speaks',
    ]);
    await folder.remove();
  });

  it('can be imported, all that a door speaks of, from that door', () => {
    const declarations = new Declarations(DOORS.map(({ file }) => file));
    for (const { door, file } of DOORS) expect(declarations.unexported(file), door).to.deep.equal([]);
  });
});
