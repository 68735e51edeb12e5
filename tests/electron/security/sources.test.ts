import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { webPreferences } from '../../../src/host/electron/windows.ts';
import { calledWith, callsOf, nodesOf, parseSource, propertiesOf, root, usesOf, valueImports, windowSources } from '../sources.ts';

const sources = windowSources();
const main = parseSource('src/host/electron/main.ts');
const preload = parseSource('src/host/electron/preload.cts');
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
/** Calls that stand outside of every function: they run while the module is loaded, before Electron is ready. */
const early = ts.isSourceFile(main.tree)
  ? main.tree.statements.flatMap((statement) => (ts.isFunctionDeclaration(statement) ? [] : nodesOf(statement)))
  : [];
const inFunction = (node: ts.Node): boolean =>
  ts.findAncestor(node, (one) => ts.isArrowFunction(one) || ts.isFunctionDeclaration(one)) !== undefined;
const earlyCalls = early.filter(ts.isCallExpression).filter((call) => !inFunction(call));

describe('what Electron is told before it is ready', () => {
  it('E1: the sandbox is switched on while the module loads, and nothing in the sources switches it off', () => {
    expect(earlyCalls.map((call) => call.expression.getText())).toContain('app.enableSandbox');
    expect(nodesOf(main.tree).filter((node) => ts.isAwaitExpression(node) && !inFunction(node))).toEqual([]);
    const values = sources.flatMap(propertiesOf).filter(([name]) => name === 'sandbox');
    expect(values).toEqual([['sandbox', 'true']]);
    const switches = sources
      .flatMap((source) => nodesOf(source.tree))
      .filter((node) => ts.isStringLiteral(node) && /no-sandbox/.test(node.text));
    expect(switches).toEqual([]);
  });

  it('E3: one scheme is registered, with the four privileges a page needs', () => {
    expect(earlyCalls.map((call) => call.expression.getText())).toContain('protocol.registerSchemesAsPrivileged');
    const scheme = propertiesOf(parseSource('src/host/electron/appPages.ts')).filter(([, value]) => value === 'true');
    expect(scheme.map(([name]) => name)).toEqual(['standard', 'secure', 'supportFetchAPI', 'codeCache']);
    const loaded = sources.flatMap(callsOf).filter((call) => /\.(loadURL|loadFile)$/.test(call));
    expect(loaded).toEqual(['window.loadURL']);
  });

  it('E16: Electron’s version is exact, and a major that its publisher supports', () => {
    const { devDependencies } = v.parse(v.object({ devDependencies: v.record(v.string(), v.string()) }), json('package.json'));
    expect(devDependencies['electron']).toMatch(/^(?:4[5-9]|[5-9]\d)\.\d+\.\d+$/);
    const { version } = v.parse(v.object({ version: v.string() }), json('node_modules/electron/package.json'));
    expect(version).toBe(devDependencies['electron']);
  });
});

describe('windows', () => {
  it('E2: one factory makes all windows, with every preference that could weaken a page written out', () => {
    expect(
      sources.flatMap((source) =>
        callsOf(source)
          .filter((call) => call === 'BrowserWindow')
          .map(() => source.path),
      ),
    ).toEqual([main.path]);
    const [made] = nodesOf(main.tree).filter((node) => ts.isNewExpression(node) && node.expression.getText() === 'BrowserWindow');
    const factory = made && ts.findAncestor(made, (node) => ts.isCallExpression(node));
    expect(factory && ts.isCallExpression(factory) && factory.expression.getText()).toBe('createWindowFactory');
    for (const name of ['BaseWindow', 'WebContentsView', 'BrowserView'])
      expect(sources.flatMap((source) => usesOf(source, name))).toEqual([]);
    expect(webPreferences('/preload.cjs', false)).toEqual({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      webgl: false,
      devTools: false,
      spellcheck: true,
    });
  });

  it('E15: developer tools exist in development only; no crash reporter, no updater, no remote module', () => {
    expect(webPreferences('', true).devTools).toBe(true);
    expect(main.tree.text).toContain('const development = !app.isPackaged;');
    for (const name of ['crashReporter', 'autoUpdater', 'inAppPurchase', 'desktopCapturer', 'netLog']) {
      expect(sources.filter((source) => usesOf(source, name).length > 0 || valueImports(source).some(([, what]) => what === name))).toEqual(
        [],
      );
    }
  });
});

describe('what Electron can do is handed out in one place', () => {
  it('E9: only main.ts and the preload script import values of Electron', () => {
    const importing = sources.filter((source) => valueImports(source).some(([module]) => module.startsWith('electron')));
    expect(importing.map(({ path }) => path).sort()).toEqual([main.path, preload.path]);
  });

  it('E9: ipcMain is used once, as an argument of the one wrapper', () => {
    expect(usesOf(main, 'ipcMain').map(calledWith)).toEqual(['connectPages']);
    const listening = sources.flatMap((source) =>
      callsOf(source)
        .filter((call) => /^ipc(Main)?\.(on|once|handle|handleOnce)$/.test(call))
        .map(() => source.path),
    );
    expect(listening).toEqual(['src/host/electron/ipc.ts']);
    for (const source of sources) expect(callsOf(source).filter((call) => /\.ipc\.(on|handle)/.test(call))).toEqual([]);
  });

  it('E7: openExternal is called once, inside of the one function that judges addresses', () => {
    const calls = sources.flatMap((source) =>
      nodesOf(source.tree).filter((node) => ts.isCallExpression(node) && node.expression.getText() === 'shell.openExternal'),
    );
    expect(calls).toHaveLength(1);
    const opener =
      calls[0] && ts.findAncestor(calls[0], (node) => ts.isCallExpression(node) && node.expression.getText() === 'createLinkOpener');
    expect(opener).toBeDefined();
    // The other one shows Sotto’s own log, a file of ours by a name of ours.
    expect(usesOf(main, 'shell').map((node) => node.parent.getText())).toEqual(['shell.openExternal', 'shell.openPath']);
    const shown = nodesOf(main.tree).filter((node) => ts.isCallExpression(node) && node.expression.getText() === 'showLog');
    expect(shown.map((node) => /open: \(path\) => shell\.openPath\(path\)/.test(node.getText()))).toEqual([true]);
  });

  it('E6: guards stand on every contents that are made', () => {
    const registered = nodesOf(main.tree).filter(
      (node) =>
        ts.isCallExpression(node) && node.expression.getText() === 'app.on' && node.arguments[0]?.getText() === "'web-contents-created'",
    );
    expect(
      registered.map((node) => callsOf({ path: '', tree: ts.createSourceFile('', node.getText(), ts.ScriptTarget.Latest, true) })),
    ).toEqual([['app.on', 'guardContents']]);
  });

  it('E5, E8: permissions and network of the session are cut before the first window is made', () => {
    const order = callsOf(main);
    for (const cut of ['denyPermissions', 'cutNetwork', 'protocol.handle']) {
      expect(order.indexOf(cut)).toBeGreaterThan(-1);
      expect(order.indexOf(cut)).toBeLessThan(order.indexOf('startDesktop'));
    }
  });

  it('E12: only the asynchronous calls of safeStorage are used', () => {
    const synchronous = /(?:isEncryptionAvailable|encryptString|decryptString|setUsePlainTextEncryption|getSelectedStorageBackend)$/;
    expect(sources.flatMap(callsOf).filter((call) => synchronous.test(call))).toEqual([]);
    expect(usesOf(main, 'safeStorage').map(calledWith)).toEqual(['safeStorageSealing']);
  });

  it('E13: the core is forked in one place', () => {
    expect(
      sources.flatMap((source) =>
        callsOf(source)
          .filter((call) => call.endsWith('utilityProcess.fork'))
          .map(() => source.path),
      ),
    ).toEqual([main.path]);
  });
});

describe('the preload script', () => {
  it('E10: is CommonJS, takes ipcRenderer alone and exposes nothing', () => {
    expect(valueImports(preload)).toEqual([['electron', '*']]);
    expect(usesOf(preload, 'contextBridge')).toEqual([]);
    expect(new Set(usesOf(preload, 'ipcRenderer').map((node) => node.parent.getText()))).toEqual(
      new Set(['ipcRenderer', 'ipcRenderer.send', 'ipcRenderer.on']),
    );
    const assigned = nodesOf(preload.tree).filter(
      (node) => ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken,
    );
    expect(assigned).toEqual([]);
  });
});
