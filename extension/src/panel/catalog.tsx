/** The section of the catalog: a tree of what the team shares, searched while one types. */

import React, { useEffect, useMemo, useRef, useState } from 'react';

import { Pause } from '../common/pause';
import { isAbort, lineOf } from '../server/client';
import { catalogNode, foundWords, isRead } from './catalog_nodes';
import { INSERT_NAME, INSERT_SELECT } from './commands';
import type { IContext } from './context';
import { Line, Search } from './parts';
import { Tree } from './tree';
import type { INode, INodes, Path } from './tree';
import { TreeView } from './tree_view';
import type { IAction } from './tree_view';
import { useTree } from './use_tree';

const PAUSE = 250; // ms of no typing before a search
const MOST = 200; // hits

export function Catalog({ context }: { context: IContext }): React.JSX.Element {
  const { client, chosen } = context;
  const load = useMemo(
    () => async (path: Path, after: string) => shown(await client.children(path, after)),
    [client]
  );
  const browse = useTree(context, 'catalog', load);
  const found = useMemo(() => new Tree(load), [load]);
  const [text, setText] = useState('');
  const [said, setSaid] = useState({ text: '', isWrong: false });
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);

  const sought = text.trim();
  useEffect(() => {
    setSaid({ text: '', isWrong: false });
    if (!sought) {
      found.put([], []);
      return;
    }
    const pause = new Pause(PAUSE);
    const asked = new AbortController();
    pause.then(async () => {
      try {
        const { nodes } = await client.search(sought, MOST, { signal: asked.signal });
        found.put([], nodes.map(catalogNode));
        setSaid({ text: foundWords(nodes.length, MOST), isWrong: false });
      } catch (error) {
        if (!isAbort(error)) {
          setSaid({ text: lineOf(error), isWrong: true });
        }
      }
    });
    return () => {
      pause.cancel();
      asked.abort();
    };
  }, [client, found, sought]);

  const run = (command: string) => (node: INode) => {
    chosen.set(node);
    void context.commands.execute(command);
  };
  const name: IAction = { label: 'Insert name', icon: '+', run: run(INSERT_NAME) };
  const select: IAction = { label: 'Insert a SELECT', icon: 'SELECT', run: run(INSERT_SELECT) };
  const toTree = () => box.current?.querySelector<HTMLElement>('[role="tree"]')?.focus();
  return (
    <>
      <div className="flinklab-Bar">
        <Search
          ref={field}
          label="Search names, columns, tags"
          value={text}
          onChange={setText}
          onDown={toTree}
        />
      </div>
      {said.text && <Line {...said} />}
      <div ref={box} className="flinklab-Fill">
        <TreeView
          key={sought ? 'found' : 'browse'}
          tree={sought ? found : browse}
          label={sought ? 'Found in the catalog' : 'Catalog'}
          act={run(INSERT_NAME)}
          actions={node =>
            isRead(node.path) ? [select, name] : node.text === undefined ? [] : [name]
          }
          onActive={node => chosen.set(node)}
          onLeave={() => field.current?.focus()}
        />
      </div>
    </>
  );
}

function shown({ nodes, after }: Awaited<ReturnType<IContext['client']['children']>>): INodes {
  return { nodes: nodes.map(catalogNode), after };
}
