/** The section of the catalog: a tree of what the team shares, searched while one types. */

import React, { useEffect, useMemo, useRef, useState } from 'react';

import { useStore } from '../common/store';
import { catalogNode, isRead } from './catalog_nodes';
import { INSERT_NAME, INSERT_SELECT } from './commands';
import type { IContext } from './context';
import { Finder } from './finder';
import { Line, Search } from './parts';
import type { INode, INodes, Path } from './tree';
import { TreeView } from './tree_view';
import type { IAction } from './tree_view';
import { useTree } from './use_tree';

const MOST = 200; // hits
const FIRST = 200; // children, soon to be seen
const NEXT = 1000; // of those who go on

export function Catalog({ context }: { context: IContext }): React.JSX.Element {
  const { client, chosen } = context;
  const load = useMemo(
    () => async (path: Path, after: string) =>
      shown(await client.children(path, after, after ? NEXT : FIRST)),
    [client]
  );
  const browse = useTree(context, 'catalog', load);
  const finder = useMemo(
    () => new Finder(load, (sought, signal) => client.search(sought, MOST, { signal }), MOST),
    [client, load]
  );
  const [text, setText] = useState('');
  const said = useStore(finder.said);
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);

  const sought = text.trim();
  useEffect(() => finder.search(sought), [finder, sought]);
  useEffect(() => () => finder.dispose(), [finder]);

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
          tree={sought ? finder.tree : browse}
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
