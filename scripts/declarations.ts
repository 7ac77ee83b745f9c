import ts from "typescript";

/**
 * The types of an entry as one text without imports: what the entry exports, and what these declarations refer to.
 * @param entry absolute path of a TypeScript file
 * @param project folder of this project
 */
export function rollDeclarations(entry: string, project: string): string {
  const options = compilerOptions(project);
  const emitted = emitDeclarations(entry, options);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => emitted.get(path) ?? readFile(path);
  // Imports name the sources, which must not be found beside their declarations.
  host.fileExists = (path) => emitted.has(path) || (!emitted.has(toDeclarationPath(path)) && fileExists(path));
  const program = ts.createProgram([toDeclarationPath(entry)], options, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(toDeclarationPath(entry));
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} exports nothing`);
  const roots = checker.getExportsOfModule(module);
  const statements = reachable(roots, checker, (path) => emitted.has(path));
  const text = program
    .getSourceFiles()
    .flatMap(({ statements: all }) => all.filter((statement) => statements.has(statement)))
    .map(withoutExport)
    .join("\n");
  return `${text}\n${exportsOf(roots, checker)}\n`;
}

function compilerOptions(project: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${project}/tsconfig.json`, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  return { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true };
}

function emitDeclarations(entry: string, options: ts.CompilerOptions): Map<string, string> {
  const emitted = new Map<string, string>();
  const { diagnostics } = ts
    .createProgram([entry], options)
    .emit(undefined, (path, text) => void emitted.set(path, text));
  const [problem] = diagnostics;
  if (problem !== undefined) throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
  return emitted;
}

function toDeclarationPath(path: string): string {
  return path.replace(/\.ts$/, ".d.ts");
}

/** The statements that declare these symbols, and all that they refer to. */
function reachable(roots: readonly ts.Symbol[], checker: ts.TypeChecker, isOurs: (path: string) => boolean) {
  const statements = new Set<ts.Node>();
  const queue = [...roots];
  for (let symbol = queue.pop(); symbol !== undefined; symbol = queue.pop()) {
    for (const declaration of resolved(symbol, checker).declarations ?? []) {
      const statement = topLevel(declaration);
      if (statements.has(statement) || !isOurs(declaration.getSourceFile().fileName)) continue;
      statements.add(statement);
      queue.push(...symbolsIn(statement, checker));
    }
  }
  return statements;
}

function resolved(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function topLevel(node: ts.Node): ts.Node {
  return ts.isSourceFile(node.parent) ? node : topLevel(node.parent);
}

function symbolsIn(node: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  const symbols: ts.Symbol[] = [];
  const visit = (one: ts.Node): void => {
    const symbol = ts.isIdentifier(one) ? checker.getSymbolAtLocation(one) : undefined;
    if (symbol !== undefined) symbols.push(symbol);
    ts.forEachChild(one, visit);
  };
  visit(node);
  return symbols;
}

function withoutExport(statement: ts.Node): string {
  return statement
    .getFullText()
    .trim()
    .replace(/^(export )?(?=(declare |interface |type ))|(?<=\*\/\n)export (?=(declare |interface |type ))/m, "");
}

function exportsOf(roots: readonly ts.Symbol[], checker: ts.TypeChecker): string {
  const isValue = (symbol: ts.Symbol) => (resolved(symbol, checker).flags & ts.SymbolFlags.Value) !== 0;
  const names = (symbols: readonly ts.Symbol[]) => symbols.map(({ name }) => name).toSorted();
  const values = names(roots.filter(isValue));
  const types = names(roots.filter((symbol) => !isValue(symbol)));
  return `export { ${values.join(", ")} };\nexport type { ${types.join(", ")} };`;
}
