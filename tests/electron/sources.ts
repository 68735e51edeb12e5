/** The window's sources as syntax trees: what a requirement forbids is looked for in the program, not in its text. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** Below the project's folder. */
  path: string;
  tree: ts.SourceFile;
}

export function parseSource(path: string): Source {
  return { path, tree: ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS) };
}

export const windowSources = (): Source[] =>
  readdirSync(join(root, 'src/host/electron'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.c?ts$/.test(name))
    .map((name) => parseSource(join('src/host/electron', name)));

/** All nodes, in the order of the text. */
export function nodesOf(tree: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Where a name stands, other than where it is imported. */
export const usesOf = ({ tree }: Source, name: string): ts.Identifier[] =>
  nodesOf(tree).filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) && node.text === name && !ts.isImportSpecifier(node.parent) && !ts.isImportClause(node.parent),
  );

/** The function that is called with this as an argument, as it is written; null where it is none. */
export const calledWith = (node: ts.Node): string | null =>
  ts.isCallExpression(node.parent) && node.parent.arguments.some((argument) => argument === node) ? node.parent.expression.getText() : null;

/** Calls and constructions, by what is written before the bracket. */
export const callsOf = ({ tree }: Source): string[] =>
  nodesOf(tree)
    .filter((node) => ts.isCallExpression(node) || ts.isNewExpression(node))
    .map((node) => node.expression.getText());

/** Names of properties that are given in object literals, with their values as written. */
export const propertiesOf = ({ tree }: Source): [string, string][] =>
  nodesOf(tree).flatMap((node): [string, string][] =>
    ts.isPropertyAssignment(node) ? [[node.name.getText(), node.initializer.getText()]] : [],
  );

/** Modules that are imported for their values, and what of them ("*" for all). */
export const valueImports = ({ tree }: Source): [string, string][] =>
  nodesOf(tree).flatMap((node): [string, string][] => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'require') return [[textOf(node.arguments[0]), '*']];
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return [[textOf(node.arguments[0]), '*']];
    if (!ts.isImportDeclaration(node) || node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
    const module = textOf(node.moduleSpecifier);
    const bindings = node.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) {
      return bindings.elements
        .filter((element) => !element.isTypeOnly)
        .map((element) => [module, (element.propertyName ?? element.name).text]);
    }
    return [[module, '*']];
  });

const textOf = (node: ts.Node | undefined): string => (node && ts.isStringLiteralLike(node) ? node.text : '');
