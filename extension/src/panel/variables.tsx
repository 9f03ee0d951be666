/** The section of the variables: names, and their values in each environment; secrets stay masked. */

import React, { useEffect, useMemo, useRef, useState } from 'react';

import { copy, insert } from './inserting';
import type { IContext } from './context';
import { Line, Search } from './parts';
import { TreeView } from './tree_view';
import type { IAction } from './tree_view';
import { useTree } from './use_tree';
import { useAsked } from './use_asked';
import { variableNodes } from './variable_nodes';

export function Variables({ context }: { context: IContext }): React.JSX.Element {
  const { client, live, tracker } = context;
  const { answer, error, again } = useAsked(context, () => client.variables());
  const tree = useTree(context, 'variables');
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const environment = live.status?.environment ?? '';
  const nodes = useMemo(
    () => variableNodes(answer?.variables ?? [], environment, text),
    [answer, environment, text]
  );
  useEffect(() => {
    tree.put([], nodes.roots);
    for (const [path, children] of nodes.children) {
      tree.put(path, children);
    }
  }, [tree, nodes]);

  const actions: IAction[] = [
    { label: 'Insert', icon: '+', run: node => insert(tracker, node.text ?? '', 'name') },
    { label: 'Copy', icon: '⧉', run: node => copy(node.text ?? '') }
  ];
  return (
    <>
      <div className="flinklab-Bar">
        <Search ref={field} label="Filter by name" value={text} onChange={setText} />
      </div>
      {error && <Line text={error} isWrong again={again} />}
      {answer && !nodes.roots.length && (
        <Line
          text={
            answer.variables.length
              ? 'No variable has that in its name.'
              : 'No variables yet: %flink vars set NAME VALUE makes one.'
          }
        />
      )}
      {!answer && !error && <Line text="loading…" />}
      <div className="flinklab-Fill">
        <TreeView
          tree={tree}
          label="Variables"
          act={node => insert(tracker, node.text ?? '', 'name')}
          actions={node => (node.text === undefined ? [] : actions)}
          onActive={node => context.chosen.set(node)}
          onLeave={() => field.current?.focus()}
        />
      </div>
    </>
  );
}
